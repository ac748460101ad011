"""Avro by a reader that is not Spark: fastavro decodes the records, block by block. Knows no other file beside one."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import IO, TYPE_CHECKING, Any

from otfbench.errors import DatasetError
from otfbench.files import open_file
from otfbench.inputs.arrow_types import in_words, with_remark
from otfbench.inputs.avro_blocks import Block, Header, blocks, content, header
from otfbench.inputs.avro_types import DECIMAL, AvroType, AvroTypes, exact_decimal, meaning
from otfbench.inputs.typed_files import Damaged

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS = 20_000
"""The most rows in a batch: what bounds the memory."""


def header_of(path: str) -> bytes:
    """The schema of a file, as JSON; raises Damaged if its beginning is damaged."""
    with open_file(path) as file:
        return header(file).schema


def columns_of(schema: bytes) -> pa.Schema:
    """The columns of such files in Spark's types; raises DatasetError for a schema that Spark can't have."""
    import pyarrow as pa

    row = _row(schema)[0].spark
    kinds = {each["name"]: each["type"] for each in json.loads(schema)["fields"]}
    return pa.schema([with_remark(each, meaning(kinds[each.name])) for each in row])


def batches_of(path: str) -> Iterator[pa.RecordBatch]:
    """The rows in Spark's types; raises Damaged in words where the file is damaged."""
    import pyarrow as pa

    with open_file(path) as file:
        head = header(file)
        row, schema = _row(head.schema)
        records = _records(file, head, schema)
        first = 1
        while chunk := list(islice(records, _ROWS)):
            try:
                columns = pa.array(chunk, row.read).cast(row.spark)
            except pa.ArrowInvalid as error:
                raise _unfit(chunk, first, row) or error from None
            first += len(chunk)
            yield pa.RecordBatch.from_struct_array(columns)


def _unfit(chunk: list[dict[str, Any]], first: int, row: AvroType) -> DatasetError | None:
    """The first value that its own type doesn't hold, as a decimal of more digits than it says to have."""
    import pyarrow as pa

    for number, record in enumerate(chunk, first):
        for field in row.read:
            try:
                pa.array([record[field.name]], field.type)
            except pa.ArrowInvalid as error:
                wrong = (
                    f"record {number:,}: column {field.name}: {record[field.name]} does not fit {in_words(field.type)}"
                )
                return DatasetError(f"{wrong} ({error}): rewrite the file with a type that holds it.")
    return None


@lru_cache(maxsize=16)
def _row(text: bytes) -> tuple[AvroType, Any]:
    """What a row is, and the schema by which fastavro reads it; files of one source have few of them."""
    import fastavro
    from fastavro.schema import SchemaParseException

    try:
        row = AvroTypes().record(json.loads(text))
        return row, fastavro.parse_schema(row.schema)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise Damaged("the schema in its header is damaged") from None
    except SchemaParseException as error:
        raise Damaged(f"its schema is not one of Avro: {error}") from None
    except RecursionError:
        raise Damaged("its schema is nested too deep to be read") from None


def _records(file: IO[bytes], head: Header, schema: Any) -> Iterator[dict[str, Any]]:
    from fastavro.read import LOGICAL_READERS

    LOGICAL_READERS.update({f"{kind}-{DECIMAL}": exact_decimal for kind in ("bytes", "fixed")})
    for block in blocks(file, head):
        data = io.BytesIO(content(file, block, head.codec))
        yield from _decoded(data, block, schema)
        if data.read(1):
            raise Damaged(f"{block} is damaged: there is more in it than its records")


def _decoded(data: IO[bytes], block: Block, schema: Any) -> Iterator[dict[str, Any]]:
    import fastavro

    for number in range(block.first, block.first + block.count):
        try:
            record: Any = fastavro.schemaless_reader(data, schema, None)
        except UnicodeDecodeError as error:
            raise Damaged(
                f"record {number:,} has text that is no UTF-8 ({error.object!r}): rewrite it as bytes"
            ) from None
        except Exception as error:  # whatever a damaged record is taken for
            reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            raise Damaged(f"record {number:,}, in {block}, can't be decoded ({reason})") from None
        yield record
