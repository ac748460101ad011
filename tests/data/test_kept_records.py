"""Records that don't fit come to their place together with the table, and replace nothing there."""

from __future__ import annotations

from pathlib import Path

import pytest

from otfbench.data.bad_records import kept
from otfbench.errors import UsageError


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The folder that they were written to, with one file."""
    folder = tmp_path / "new" / "t.bad-records"
    folder.mkdir(parents=True)
    (folder / "part-0").write_text("x")
    return folder


def test_they_stay_where_the_table_does(tmp_path: Path, written: Path) -> None:
    """They are in their place once the table is."""
    with kept(str(written.parent), tmp_path / "t.bad-records"):
        assert (tmp_path / "t.bad-records" / "part-0").exists()
    assert (tmp_path / "t.bad-records" / "part-0").read_text() == "x" and not written.exists()


def test_they_go_where_the_table_does_not_come(tmp_path: Path, written: Path) -> None:
    """Where the table can't be put in its place nothing of them is left there."""
    with pytest.raises(ValueError, match="no table"), kept(str(written.parent), tmp_path / "t.bad-records"):
        raise ValueError("no table")
    assert written.exists() and not (tmp_path / "t.bad-records").exists()


@pytest.mark.parametrize("create", [Path.mkdir, Path.touch, lambda path: path.symlink_to("elsewhere")])
def test_what_is_there_stays(tmp_path: Path, written: Path, create) -> None:
    """What somebody else has put there meanwhile, be it an empty folder or a link, stays; the table doesn't come."""
    create(tmp_path / "t.bad-records")
    with pytest.raises(UsageError, match="is there by now, from somebody else"):
        with kept(str(written.parent), tmp_path / "t.bad-records"):
            pytest.fail("the table came")
    assert written.exists() and not (tmp_path / "t.bad-records" / "part-0").exists()
