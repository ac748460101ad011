"""What upkeep costs after ten small commits; what it frees is in the storage of each case."""

from otfbench.workloads import Capability, every_size, needs, variants


@every_size
@needs(Capability.COMPACT)
@variants("cow", full=["mor"])
def test_compact(measure, aged):
    """Make few large files of many small ones."""
    measure(aged.compact, expect=aged.rows)


@needs(Capability.EXPIRE)
@variants("cow", full=["mor"])
def test_expire(measure, compacted):
    """Remove all versions but the current one."""
    measure(compacted.expire, expect=compacted.rows)
