"""What a table costs that lives: many commits, reads between them, with upkeep and without."""

from functools import partial

import pytest

from otfbench.workloads import Capability, collect, needs, only_in, scan, variants, where


@only_in("life")
@needs(Capability.APPEND, Capability.MERGE, Capability.DELETE, Capability.COMPACT, Capability.EXPIRE)
@variants("cow", default=["mor"])
@pytest.mark.parametrize("upkeep_every", [5, None], ids=["upkeep", "no_upkeep"])
def test_age(measure_life, table, life, upkeep_every):
    """Merge, delete and append, round after round; after each read every row, and look one up."""
    look_up = partial(collect, table, where(life.lasting_key))
    measure_life(upkeep_every, scan=partial(scan, table), look_up=look_up)
