"""What several at once do to each other: writers that meet, readers beside a writer, a stream that goes on."""

import pytest

from otfbench.workloads import Capability, needs, only_in, variants


@only_in("life")
@needs(Capability.APPEND)
@variants("cow")
@pytest.mark.parametrize("writers", [4])
def test_append_together(measure, table, concurrent_writers, writers):
    """Several writers begin at once, and append three times each; an append that is refused is made again."""
    appending = concurrent_writers("append", writers)
    measure(appending.write, expect=appending.expected)


@only_in("life")
@needs(Capability.MERGE, Capability.COMPACT, Capability.CONFLICTS)
@variants("cow")
@pytest.mark.parametrize("kind", ["merge_apart", "merge_same", "merge_and_compact"])
@pytest.mark.parametrize("writers", [2])
def test_change_together(measure, table, concurrent_writers, kind, writers):
    """The same with merges: of rows that nobody else changes, of the same rows, and beside compactions."""
    changing = concurrent_writers(kind, writers)
    measure(changing.write, expect=changing.expected)


@only_in("life")
@needs(Capability.MERGE)
@variants("cow")
def test_read_beside_merges(measure, table, reads_beside_merges):
    """Scan while another merges: how much slower each of them gets. A scan has to see one version, whole."""
    measure(reads_beside_merges.run, expect=reads_beside_merges.expected)


@only_in("life")
@needs(Capability.STREAM)
@variants("cow")
def test_stream(measure, table, file_stream):
    """Files that arrive flow into the table, in a stream that is stopped in the middle of a batch and goes on."""
    measure(file_stream.run, expect=file_stream.expected)
