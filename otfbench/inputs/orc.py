"""ORC files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from otfbench.inputs import typed_files
from otfbench.inputs.base import Input
from otfbench.inputs.sniffing import head

if TYPE_CHECKING:
    import pyarrow as pa


class Orc(Input):
    """As Spark writes them."""

    name = "orc"
    typed = True
    reader = "pyarrow"

    def sniff(self, path: str) -> bool:
        """By the magic."""
        return head(path).startswith(b"ORC")

    def why_unread(self, options: Mapping[str, str]) -> str | None:
        """Options that the second reader doesn't know."""
        return typed_files.why_unread(options, merges=True)

    def batches(
        self, paths: Sequence[str], options: Mapping[str, str], schema: pa.Schema | None
    ) -> Iterator[pa.RecordBatch]:
        """In the types that Spark gives them, stripe by stripe."""
        return typed_files.batches(paths, options, schema, _schema, _batches, merges=True)


def _schema(path: str) -> pa.Schema:
    """Spark takes all times for instants, whether ORC says so or not."""
    import pyarrow as pa
    from pyarrow import orc, types

    instant = pa.timestamp("us", "UTC")
    schema = orc.ORCFile(path).schema
    return pa.schema([field.with_type(instant) if types.is_timestamp(field.type) else field for field in schema])


def _batches(path: str) -> Iterator[pa.RecordBatch]:
    from pyarrow import orc

    file = orc.ORCFile(path)
    for number in range(file.nstripes):
        yield file.read_stripe(number)
