"""ORC files as an input: Spark's options, and what pyarrow reads beside Spark. Knows no table format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from otfbench.errors import DatasetError, Key
from otfbench.files import for_arrow
from otfbench.inputs import option_values, typed_files
from otfbench.inputs.arrow_types import refined, refusal

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC = b"ORC"
_PROLEPTIC = "orc.proleptic.gregorian.default"
_GREGORIAN = date(1582, 10, 15)
_TOO_FAR = (
    "a timestamp is before 1677 or after 2262, which pyarrow doesn't read from ORC: --verify digest (or count, or off) "
    "converts what Spark reads, which takes times before 1582 for Julian ones unless you give ",
    Key("options", (_PROLEPTIC, "true")),
    ".",
)


class Orc(typed_files.TypedInput):
    """As Spark writes them."""

    name = "orc"
    option_rules = option_values.ORC
    reader = "pyarrow"

    @property
    def files(self) -> typed_files.TypedReader:
        """By their footers and stripes."""
        return _READER

    def why_unread(self, options: Mapping[str, str]) -> str | None:
        """Options that the second reader doesn't know."""
        return typed_files.why_unread({name: value for name, value in options.items() if name != _PROLEPTIC})

    def batches(
        self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None
    ) -> Iterator[pa.RecordBatch]:
        """In the types that Spark gives them, stripe by stripe."""
        todays = options.get(_PROLEPTIC, "").lower() == "true"
        return (replace(_READER, batches_of=_batches) if todays else _READER).batches(paths, schema)


def _footer(path: str) -> pa.Schema:
    from pyarrow import orc

    return orc.ORCFile(for_arrow(path)).schema


def _columns(footer: pa.Schema) -> pa.Schema:
    import pyarrow as pa

    for name in _names(footer):
        if not name or "`" in name:
            words = f"has the name {name}" if name else "has no name"
            raise DatasetError(f"a column, or a field of one, {words}, which Spark doesn't read from ORC: rename it.")
    columns = [refined(each, _leaf) for each in footer]
    for words in filter(None, map(refusal, columns)):  # Spark asks for the types of all, whichever it reads
        raise DatasetError(f"{words}.")
    return pa.schema(columns)


def _names(fields: Iterable[pa.Field]) -> Iterator[str]:
    """The names of columns, and of the fields in them."""
    for each in fields:
        yield each.name
        yield from _names(each.type.field(number) for number in range(each.type.num_fields))


def _leaf(kind: pa.DataType, _: str) -> pa.DataType | str:
    """Spark takes times without a zone for instants; those that ORC calls so it doesn't read."""
    import pyarrow as pa
    from pyarrow import types

    if types.is_union(kind):
        return "a union, which Spark doesn't read from ORC: rewrite it as a struct with a field for each of its types"
    if types.is_timestamp(kind) and kind.tz:
        return "a timestamp with local time zone, which Spark doesn't read from ORC: rewrite it as a timestamp"
    return pa.timestamp("us", "UTC") if types.is_timestamp(kind) else kind


def _batches(path: str) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa
    from pyarrow import orc

    file = orc.ORCFile(for_arrow(path))
    for number in range(file.nstripes):
        try:
            yield file.read_stripe(number)
        except (OSError, pa.ArrowException) as error:
            if "out of range for nanosecond" in str(error):
                raise DatasetError(*_TOO_FAR) from None
            raise typed_files.Damaged(f"stripe {number + 1} of {file.nstripes} is damaged ({error})") from None


def _batches_of_one_calendar(path: str) -> Iterator[pa.RecordBatch]:
    """Only Java's writer says by which calendar days before 1582 are meant; Spark takes those of others for Julian."""
    import pyarrow.compute as pc
    from pyarrow import orc, types

    by_java = "JAVA" in str(orc.ORCFile(for_arrow(path)).writer).upper()
    for batch in _batches(path):
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            is_day = types.is_date(column.type) and not by_java
            first = pc.min(column).as_py() if is_day else None
            if first is not None and first < _GREGORIAN:
                words = (
                    f"column {name} has days before {_GREGORIAN}, as {first}, which Spark takes for Julian ones: give "
                )
                raise DatasetError(
                    words, Key("options", (_PROLEPTIC, "true")), " if they are days of today's calendar."
                )
        yield batch


_READER = typed_files.TypedReader("ORC", _MAGIC, _footer, _columns, _batches_of_one_calendar)
