"""Avro by a reader that is not Spark: fastavro decodes the records, block by block. Knows no other file beside one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from otfbench.inputs.avro_blocks import Block, Header, blocks, content, header
from otfbench.inputs.avro_types import DECIMAL, AvroTypes, Kind, exact_decimal

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 20_000


def schema_of(path: str) -> pa.Schema:
    """The columns in Spark's types; raises DatasetError for a schema that Spark can't have."""
    import pyarrow as pa

    with open(path, "rb") as file:
        return pa.schema(list(_row(header(file)).spark))


def batches_of(path: str) -> Iterator[pa.RecordBatch]:
    """The rows in Spark's types; raises ValueError in words where the file is damaged."""
    import pyarrow as pa

    with open(path, "rb") as file:
        head = header(file)
        row = _row(head)
        records = _records(file, head, row)
        while chunk := list(islice(records, _ROWS)):
            columns = pa.array(chunk, row.read).cast(row.spark)
            yield pa.RecordBatch.from_struct_array(columns)


def _row(head: Header) -> Kind:
    try:
        return AvroTypes().record(head.schema)
    except (KeyError, TypeError, AttributeError):
        raise ValueError("the schema in its header is damaged") from None
    except RecursionError:
        raise ValueError("its schema is nested too deep to be read") from None


def _records(file: IO[bytes], head: Header, row: Kind) -> Iterator[dict[str, Any]]:
    import fastavro
    from fastavro.read import LOGICAL_READERS

    LOGICAL_READERS.update({f"{kind}-{DECIMAL}": exact_decimal for kind in ("bytes", "fixed")})
    schema = fastavro.parse_schema(row.schema)
    for block in blocks(file, head):
        data = io.BytesIO(content(file, block, head.codec))
        yield from _decoded(data, block, schema)
        if data.read(1):
            raise ValueError(f"{block} is damaged: there is more in it than its records")


def _decoded(data: IO[bytes], block: Block, schema: Any) -> Iterator[dict[str, Any]]:
    import fastavro

    for number in range(block.first, block.first + block.count):
        try:
            record: Any = fastavro.schemaless_reader(data, schema, None)
        except Exception as error:  # whatever a damaged record is taken for
            reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise ValueError(f"record {number:,}, in {block}, can't be decoded ({reason})") from None
        yield record
