"""What people are told of a source: what it is, and what was found in it. Reads nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from otfbench.convert.request import ConversionRequest, user_data
from otfbench.data import user_files
from otfbench.data.inspection import OpenedFiles
from otfbench.data.second_reading import SecondReading
from otfbench.data.user_files import UserFiles
from otfbench.data.user_table import UserTable
from otfbench.errors import Text
from otfbench.formats.adaptation import Adaptation


@dataclass(frozen=True)
class SourceInfo:
    """What the source is, and what has to change before the format can hold it."""

    source: dict[str, Any]
    adaptations: tuple[Adaptation, ...]
    warnings: tuple[Text, ...] = ()
    """What people must know: files that are left out, no row, what is right for Spark and not for others."""
    aside: str | None = None
    """Where the records are that don't fit, if there are any and they were kept aside."""


def described(request: ConversionRequest, opened: OpenedFiles) -> dict[str, Any]:
    """What is known of files before they are read."""
    data, left_out = user_data(request, opened.source.input.name), tuple(opened.found.listing.left_out)
    return user_files.described(data, opened.rows.schema, opened.columns.notes, left_out, opened.found.size)


def identity(request: ConversionRequest, rows: UserFiles | UserTable) -> dict[str, Any]:
    """What is known once they were read, or of a table."""
    if isinstance(rows, UserFiles):
        return user_files.identity(rows, user_data(request, rows.input.name))
    second = rows.second.as_dict() if isinstance(rows.second, SecondReading) else rows.second
    return {"path": request.source, "format": rows.format.name, "second_reader": second, **rows.size}
