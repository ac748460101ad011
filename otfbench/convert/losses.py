"""Values that a format would not keep, found before anything is written. Knows no format by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from otfbench.data.evidence import Evidence
from otfbench.errors import DatasetError, Key, Text
from otfbench.formats.base import TableFormat
from otfbench.formats.model import Loss
from otfbench.formats.sql import quoted
from otfbench.registry import format_names, load_format
from otfbench.units import format_count

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame
    from pyspark.sql.types import DataType, StructField

Test: TypeAlias = "Callable[[Column], Column]"
"""Whether a value is lost."""
_COLUMNS = 3
"""The most columns that a message names."""
_TEXT = 80
"""The most characters of a value that a message shows."""
_SETTING = "{setting} = CORRECTED, under spark.conf of otfbench.yaml, lets it write them for readers of today"


@dataclass(frozen=True)
class _Lost:
    column: str
    text: str
    """One of the values, as Spark casts it to text."""
    rows: int
    loss: Loss


def check(rows: DataFrame, target: TableFormat, seen: Evidence | None = None) -> None:
    """Raise DatasetError with columns, values and reasons, and the formats that keep them, unless `target` does.

    The rows are those that are to be written. One Spark job, where a column has a type of which some value is lost,
    unless `seen`, what a second reader has found in them, tells that there is none.
    """
    found = _lost(rows, target, seen)
    if not found:
        return
    lines = [
        f"  {each.column}: {each.text}, in {format_count(each.rows, 'row')}: {each.loss.reason}"
        for each in found[:_COLUMNS]
    ]
    if len(found) > _COLUMNS:
        lines.append(f"  and in {format_count(len(found) - _COLUMNS, 'more column')}")
    others = (load_format(name) for name in format_names() if name != target.name)
    keeping = [each.name for each in others if not _lost(rows, each)]
    advice = [f"Kept by --to {' and --to '.join(keeping)}."] if keeping else []
    advice += [
        f"{_SETTING.format(setting=name)}." for name in dict.fromkeys(each.loss.setting for each in found) if name
    ]
    raise DatasetError("\n".join([f"{target.name} doesn't keep values of the source:", *lines, *advice]))


def warnings(names: Sequence[str], target: TableFormat) -> Iterator[str]:
    """What is said of columns of these names, though Spark reads them."""
    odd = [name for name in names if target.foreign_names and target.foreign_names.search(name)]
    if odd:
        rest = f", and {len(odd) - 3:,} more" if len(odd) > 3 else ""
        named = ", ".join(map(repr, odd[:3])) + rest
        yield f"{target.name}: readers other than Spark refuse columns of such names: {named}"


def in_partitions(wanted: DataFrame, actual: DataFrame, columns: Sequence[str]) -> Text:
    """Why a partition column has more nulls than it must have; empty if none has."""
    from pyspark.sql import functions as F

    for name in {*columns} & {*wanted.columns}:
        nulls = [rows.where(F.col(quoted(name)).isNull()).count() for rows in (wanted, actual)]
        if nulls[1] > nulls[0]:
            why = (
                f"{name} is a partition column: its values are names of folders, and what has none there, as the empty "
                "text, is null. Leave it out of "
            )
            return f"\n{why}", Key("partition_by"), ", or convert into a format that keeps its values elsewhere."
    return ()


def _lost(rows: DataFrame, target: TableFormat, seen: Evidence | None = None) -> list[_Lost]:
    """The columns that hold values which the format loses, the first of these, and in how many rows."""
    from pyspark.sql import functions as F

    asked: list[tuple[str, Loss]] = []
    figures: list[Column] = []
    for field in rows.schema.fields:
        if _is_kept(target, field, seen):
            continue
        for loss, among in _losses(target, field.dataType):
            if loss.setting and rows.sparkSession.conf.get(loss.setting) != "EXCEPTION":
                continue
            value = F.col(quoted(field.name))
            is_lost = among(value)
            asked.append((field.name, loss))
            figures += [F.count(F.when(is_lost, 1)), F.min(F.when(is_lost, value.cast("string")))]
    if not figures:
        return []
    row = rows.agg(*figures).collect()[0]
    pairs = zip(asked, row[::2], row[1::2], strict=True)
    return [
        _Lost(name, "null" if text is None else text[:_TEXT], count, loss)
        for (name, loss), count, text in pairs
        if count
    ]


def _is_kept(target: TableFormat, field: StructField, seen: Evidence | None) -> bool:
    """Whether the first day or time of the column is known, and kept."""
    found = seen.columns.get(field.name) if seen else None
    oldest = target.oldest.get(field.dataType.typeName())
    if found is None or oldest is None:
        return False
    since = datetime.fromisoformat(oldest).replace(tzinfo=timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    unit = timedelta(days=1) if field.dataType.typeName() == "date" else timedelta(microseconds=1)
    return found.earliest is None or found.earliest >= since // unit


def _losses(target: TableFormat, dtype: DataType) -> Iterator[tuple[Loss, Test]]:
    """What is lost of a type, at each of its levels, and the test for a value in which there is such a one."""
    if own := target.loses(dtype):
        yield own, own.applies
    for part, within in _parts(dtype):
        for loss, test in _losses(target, part):
            yield loss, within(test)


def _parts(dtype: DataType) -> Iterator[tuple[DataType, Callable[[Test], Test]]]:
    """The types inside of a type, and what makes a test of such a part one of the whole."""
    from pyspark.sql import functions as F
    from pyspark.sql import types as T

    if isinstance(dtype, T.StructType):
        for field in dtype.fields:
            yield field.dataType, partial(_of_field, field.name)
    elif isinstance(dtype, T.ArrayType):
        yield dtype.elementType, partial(_of_any, lambda value: value)
    elif isinstance(dtype, T.MapType):
        yield dtype.keyType, partial(_of_any, F.map_keys)
        yield dtype.valueType, partial(_of_any, F.map_values)


def _of_field(name: str, test: Test) -> Test:
    return lambda value: test(value[name])


def _of_any(elements: Callable[[Column], Column], test: Test) -> Test:
    from pyspark.sql import functions as F

    return lambda value: F.exists(elements(value), test)
