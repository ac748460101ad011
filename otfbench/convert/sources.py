"""The files that a table was made of: a list in the table's folder, which goes where that goes. Knows no format.

Its name begins with an underscore: readers of plain files leave it out, and upkeep of formats leaves it alone.
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from otfbench.data.file_stamps import Stamps, real
from otfbench.errors import UsageError

NAME = "_otfbench_sources.json"


class _List(TypedDict):
    """File -> bytes, and nanoseconds of its last change, or the tag of its content."""

    schema: int
    files: dict[str, tuple[int, int | str]]


_LIST = TypeAdapter(_List)


def read(folder: Path) -> Stamps:
    """What the table in a folder was made of; raises UsageError where there is no list of it, or a broken one."""
    path = folder / NAME
    try:
        return _LIST.validate_json(path.read_bytes())["files"]
    except FileNotFoundError:
        raise UsageError(
            f"{folder} has no list of the files that it was made of, so nobody knows which are new."
            "\nConvert all of them with --new-files into another folder, or append without it."
        ) from None
    except (OSError, ValidationError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not what otfbench has written"
        raise UsageError(f"{path} can't be read: {why}. Convert all files into another folder.") from None


def listed(folder: Path) -> bool:
    """Whether the table in a folder has a list of the files that it was made of."""
    return (folder / NAME).exists()


def write(folder: Path, files: Stamps) -> None:
    """Put the list of all files that a table was made of into its folder."""
    named = {real(file): stamp for file, stamp in sorted(files.items())}
    (folder / NAME).write_text(json.dumps({"schema": 1, "files": named}, indent=1))
