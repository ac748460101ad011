"""What becomes of every type, edge value, name and partition value: kept, changed, refused or corrupted; untimed."""

import pytest

from otfbench.fidelity.matrix import records


@pytest.mark.only_in("full")
def test_fidelity(record_fidelity, target):
    """Write each as it is, read it back, and record what became of it."""
    record_fidelity(records, target)
