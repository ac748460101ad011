"""Folders that tests need: such that nobody may write."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def read_only(folder: Path) -> Iterator[Path]:
    """A new folder that nobody may write while the block runs: root by a file system, others by the folder's mode."""
    folder.mkdir()
    if os.geteuid():
        folder.chmod(0o500)
        yield folder
    elif subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("root writes everywhere, and may mount nothing here")
    else:
        try:
            yield folder
        finally:
            subprocess.run(["umount", folder], check=True)
