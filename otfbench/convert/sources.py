"""The files that a table was made of: a list in the table's folder, which goes where that goes. Knows no format.

Its name begins with an underscore: readers of plain files leave it out, and upkeep of formats leaves it alone.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError
from typing_extensions import TypedDict

from otfbench.data.file_stamps import Stamps, real
from otfbench.errors import UsageError
from otfbench.files import is_uri, open_file, status
from otfbench.formats.hadoop import write_text

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAME = "_otfbench_sources.json"


class _List(TypedDict):
    """File -> bytes, and nanoseconds of its last change, or the tag of its content."""

    schema: int
    files: dict[str, tuple[int, int | str]]


_LIST = TypeAdapter(_List)


def read(folder: Path | str) -> Stamps:
    """What the table in a folder was made of; raises UsageError where there is no list of it, or a broken one."""
    path = f"{folder}/{NAME}"
    try:
        with open_file(path) as file:
            return _LIST.validate_json(file.read())["files"]
    except FileNotFoundError:
        raise UsageError(
            f"{folder} has no list of the files that it was made of, so nobody knows which are new."
            "\nConvert all of them with --new-files into another folder, or append without it."
        ) from None
    except (OSError, ValidationError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not what otfbench has written"
        raise UsageError(f"{path} can't be read: {why}. Convert all files into another folder.") from None


def listed(folder: Path | str) -> bool:
    """Whether the table in a folder has a list of the files that it was made of."""
    try:
        status(f"{folder}/{NAME}")
    except FileNotFoundError:
        return False
    return True


def write(spark: SparkSession, folder: str, files: Stamps) -> None:
    """Put the list of all files that a table was made of into its folder."""
    named = {real(file): stamp for file, stamp in sorted(files.items())}
    path, text = f"{folder}/{NAME}", json.dumps({"schema": 1, "files": named}, indent=1)
    if is_uri(folder):
        write_text(spark, path, text, overwrite=True)
    else:
        Path(path).write_text(text)
