"""ORC files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from otfbench.errors import DatasetError
from otfbench.inputs import typed_files
from otfbench.inputs.arrow_types import refined, refusal
from otfbench.inputs.base import Input
from otfbench.inputs.sniffing import head

if TYPE_CHECKING:
    import pyarrow as pa

    from otfbench.inputs.merging import FileColumns

_MAGIC = b"ORC"


class Orc(Input):
    """As Spark writes them."""

    name = "orc"
    typed = True
    reader = "pyarrow"

    def sniff(self, path: str) -> bool:
        """By the magic."""
        return head(path).startswith(_MAGIC)

    def why_unread(self, options: Mapping[str, str]) -> str | None:
        """Options that the second reader doesn't know."""
        return typed_files.why_unread(options)

    def columns(self, paths: Sequence[str], schema: pa.Schema | None) -> FileColumns:
        """By the footers of all files."""
        return _READER.columns(paths, schema)

    def batches(
        self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None
    ) -> Iterator[pa.RecordBatch]:
        """In the types that Spark gives them, stripe by stripe."""
        return _READER.batches(paths, schema)


def _footer(path: str) -> pa.Schema:
    from pyarrow import orc

    return orc.ORCFile(path).schema


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
    """Of columns, and of the fields in them."""
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
    from pyarrow import orc

    file = orc.ORCFile(path)
    for number in range(file.nstripes):
        try:
            yield file.read_stripe(number)
        except OSError as error:
            raise typed_files.Damaged(f"stripe {number + 1} of {file.nstripes} is damaged ({error})") from None


_READER = typed_files.TypedReader("ORC", _MAGIC, _footer, _columns, _batches)
