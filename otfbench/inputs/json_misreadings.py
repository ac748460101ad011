"""What Spark's JSON reader is known to misread, by Python's json. Knows no Spark."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from otfbench.inputs.base import Misreading
from otfbench.inputs.decoding import detected_encoding, is_utf_8
from otfbench.inputs.json_reader import is_in_documents, line_after_document, records
from otfbench.inputs.records import Number

if TYPE_CHECKING:
    import pyarrow as pa


_ANEW = "Spark's reader writes numbers that are kept as text anew, in fewer digits"
_KEPT = re.compile("0|-?[1-9][0-9]{0,17}")
"""Numbers that Spark writes as they are."""


def misread(paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema) -> Misreading | None:
    """The first thing that it misreads, by these types; raises DatasetError for a file that can't be read."""
    import pyarrow as pa

    row = pa.struct(list(schema))
    for path in paths:
        reason = _of_file(path, options)
        if reason is not None:
            return Misreading(path, reason, of_rows=True)
        reason = _of_values(path, options, row)
        if reason is not None:
            return Misreading(path, reason)
    return None


def _of_file(path: str, options: Mapping[str, str]) -> str | None:
    if is_in_documents(options):
        line = line_after_document(path, options)
        after = "Spark's reader leaves aside what follows the first array or object"
        return None if line is None else f"line {line:,}: {after}"
    encoding = detected_encoding(path)
    if is_utf_8(encoding) or {"encoding", "charset"} & options.keys():
        return None
    return f"it is in {encoding}, which Spark's reader takes for UTF-8"


def _of_values(path: str, options: Mapping[str, str], row: pa.DataType) -> str | None:
    """The first number that Spark changes."""
    for record in records([path], options):
        reason = _of_value(record.values, row, "")
        if reason is not None:
            return f"line {record.line:,}: {reason}"
    return None


def _of_value(value: Any, kind: pa.DataType, key: str) -> str | None:
    """The way to a number that changes, and how it does; None if there is none."""
    from pyarrow import types

    if types.is_string(kind):
        return f"{key}: {_ANEW}" if _has_number(value) else None
    if types.is_floating(kind):
        return f"{key}: Spark's reader takes -0 for 0" if value == "-0" else None
    if types.is_struct(kind) and isinstance(value, dict):
        inner = ((value.get(each.name), each.type, f"{key}.{each.name}".lstrip(".")) for each in kind)
    elif types.is_list(kind) and isinstance(value, list):
        inner = ((each, kind.value_type, f"{key}[]") for each in value)
    elif types.is_map(kind) and isinstance(value, dict):
        inner = ((each, kind.item_type, f"{key}[]") for each in value.values())
    else:
        return None
    return next((found for each in inner if (found := _of_value(*each)) is not None), None)


def _has_number(value: Any) -> bool:
    """Whether the value is, or holds, a number of other digits."""
    if isinstance(value, dict):
        return any(map(_has_number, value.values()))
    if isinstance(value, list):
        return any(map(_has_number, value))
    return type(value) is Number and not _KEPT.fullmatch(value)
