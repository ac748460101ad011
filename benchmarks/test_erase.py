"""What it takes until rows are gone: from the table, and from its files."""

from functools import partial

from otfbench.workloads import Capability, needs, only_in, variants


@only_in("life")
@needs(Capability.DELETE, Capability.COMPACT, Capability.EXPIRE)
@variants("cow", default=["mor"])
def test_erase(measure, search_files, table, erased):
    """Delete twenty rows by their keys, compact, expire; in which files their texts are is looked for after each."""
    steps = {"delete": partial(table.delete, erased.change), "compact": table.compact, "expire": table.expire}

    def erase():
        for step in steps.values():
            step()

    search_files(**steps)
    measure(erase, expect=erased.change.result)
