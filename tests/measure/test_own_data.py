"""What is looked at before a run about the user's own rows, as far as it takes no Spark."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from otfbench.errors import UsageError
from otfbench.measure.own_data import check_room


def test_room_for_copies(tmp_path: Path) -> None:
    """A table of which no three copies fit is told with both sizes; a small one is not."""
    check_room("lake/orders", 1, str(tmp_path))
    size = shutil.disk_usage(tmp_path).free
    with pytest.raises(UsageError, match=f"lake/orders takes {size:,} bytes, and its cases need about 3 times that"):
        check_room("lake/orders", size, str(tmp_path))
