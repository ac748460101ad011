"""A folder for temporary files in which nothing can be written ends a command with one screen."""

import errno
import os

import pytest

from otfbench import cli


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/t/otfbench-x"), "/t/otfbench-x: No space left on device."),
        (OSError(errno.EROFS, os.strerror(errno.EROFS), "/t/x"), "/t/x: Read-only file system."),
        (FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/t']"), "directory found in ['/t']"),
    ],
)
def test_no_room(monkeypatch, capsys, error, said):
    """What is full, and how another folder is named."""

    def fail(**_):
        raise error

    monkeypatch.setattr(cli, "app", fail)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    screen = capsys.readouterr().err
    assert ended.value.code == 1 and said in screen
    assert screen.endswith("name another folder for temporary files by TMPDIR=FOLDER.\n") and screen.count("\n") == 1


def test_other_errors_keep_their_traceback(monkeypatch, capsys):
    """A file that is gone is a fault of ours, where nobody has expected it."""
    monkeypatch.setattr(cli, "app", lambda **_: open("/nowhere/file"))
    with pytest.raises(SystemExit):
        cli.main()
    assert "Traceback" in capsys.readouterr().err
