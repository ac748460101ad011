"""Files that change while they are read are an error of their own."""

import os

import pytest

from otfbench.data.file_stamps import stamps_of, unchanged
from otfbench.errors import DatasetError


def grow(path):
    path.write_text("a\n1\n2\n")


def touch(path):
    os.utime(path, ns=(0, 0))


@pytest.mark.parametrize(
    ("change", "message"),
    [(grow, "a.csv changed while it was read"), (touch, "a.csv changed"), (os.remove, "a.csv went away while it was")],
)
def test_a_file_that_changes_is_named(tmp_path, change, message):
    """Size, time, or being there; whatever else went wrong because of that."""
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    with pytest.raises(DatasetError, match=message), unchanged(stamps_of([str(path)])):
        change(path)
        raise ValueError("half a row")


def test_other_errors_stay(tmp_path):
    """Where nothing changed, an error is what it is."""
    path = tmp_path / "a.csv"
    path.write_text("a\n1\n")
    with pytest.raises(ValueError, match="half a row"), unchanged(stamps_of([str(path)])):
        raise ValueError("half a row")
