"""Files that tell their columns: the same ones in all files, in types that Spark has. Knows no kind of file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeAlias

from otfbench.errors import DatasetError, Key, Text
from otfbench.inputs.options import LOCATIONS, unknown

if TYPE_CHECKING:
    import pyarrow as pa

Schemas: TypeAlias = "Iterable[tuple[str, pa.Schema]]"
"""Each file with the columns that it tells."""
_KNOWN = ("compression", "mode", *LOCATIONS)
_MERGING = "mergeschema"
_WORDS = {"int8": "tinyint", "int16": "smallint", "int32": "int", "int64": "bigint", "bool": "boolean"}
_THREADS = 8
"""Footers are small: waiting for them is most of the time."""


def why_unread(options: Mapping[str, str], merges: bool = False) -> str | None:
    """Why these options can't be honoured; None if they can. Some inputs merge columns, if told to."""
    return unknown(options, (*_KNOWN, _MERGING) if merges else _KNOWN, None)


def batches(
    paths: Sequence[str],
    options: Mapping[str, str],
    schema: pa.Schema | None,
    schema_of: Callable[[str], pa.Schema],
    batches_of: Callable[[str], Iterator[pa.RecordBatch]],
    merges: bool = False,
) -> Iterator[pa.RecordBatch]:
    """The rows of the files in the types that Spark gives them; of a schema, only the names and their order count.

    All footers are compared before a row is read. Raises DatasetError with the file, and its column if there is one.
    """
    import pyarrow as pa

    merging = options.get(_MERGING, "").lower() == "true"
    hint: Text = (": give ", Key("options", ("mergeSchema", "true"))) if merges else ()
    with ThreadPoolExecutor(_THREADS) as pool:
        columns = common_columns(zip(paths, pool.map(_in_words(schema_of), paths), strict=True), merging, hint)
    wanted = columns if schema is None else _chosen(columns, schema.names)
    for path in paths:
        try:
            for batch in batches_of(path):
                yield _as(batch, wanted)
        except (pa.ArrowException, OSError, OverflowError, ValueError) as error:
            raise unreadable(path, error) from None


def unreadable(path: str, error: Exception) -> DatasetError:
    """A library's error in words."""
    reason = " ".join(str(error).split())[:300]
    return DatasetError(f"{path}: it is damaged, or has something in it that the second reader doesn't know: {reason}")


def _in_words(schema_of: Callable[[str], pa.Schema]) -> Callable[[str], pa.Schema]:
    import pyarrow as pa

    def schema(path: str) -> pa.Schema:
        try:
            return schema_of(path)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise unreadable(path, error) from None

    return schema


def common_columns(schemas: Schemas, merging: bool = False, hint: Text = ()) -> pa.Schema:
    """The columns of all files; those that any of them has, where merging.

    Raises DatasetError for two files with other columns, or another order, or types, and for a type Spark doesn't have.
    """
    import pyarrow as pa

    first: tuple[str, pa.Schema, pa.Schema] | None = None
    columns: dict[str, tuple[str, pa.Field]] = {}
    for path, raw in schemas:
        if first is not None and raw.equals(first[1]):
            continue
        found = _as_spark(path, raw)
        if first is None:
            first = path, raw, found
        elif not merging:
            _check_same(first[0], first[2], path, found, hint)
        _add(columns, path, found)
    return pa.schema([field for _, field in columns.values()])


def _add(columns: dict[str, tuple[str, pa.Field]], path: str, found: pa.Schema) -> None:
    """Take in the columns of a further file, by names without their case."""
    for field in found:
        other, known = columns.setdefault(field.name.lower(), (path, field))
        if known != field:
            raise DatasetError(f"{_differing(known, other, field, path)}: rewrite one of the files.")


def _check_same(one: str, first: pa.Schema, other: str, second: pa.Schema, hint: Text) -> None:
    lacking = [name for name in first.names if name not in second.names]
    added = [name for name in second.names if name not in first.names]
    known = {field.name.lower(): field for field in first}
    for field in second:
        twin = known.get(field.name.lower())
        if twin is not None and twin != field:
            raise DatasetError(f"{_differing(twin, one, field, other)}: rewrite one of the files.")
    for name, having, without in [(n, one, other) for n in lacking] + [(n, other, one) for n in added]:
        raise DatasetError(
            f"column {name} is in {having}, but not in {without}", *(hint or (": leave one of them out",))
        )
    for left, right in zip_longest(first.names, second.names):
        if left != right:
            where = f"where {one} has column {left}, {other} has {right}"
            raise DatasetError(f"{where}: all files must have their columns in one order.")


def _differing(field: pa.Field, path: str, other: pa.Field, other_path: str) -> str:
    if field.name != other.name:
        return f"column {field.name} of {path} is called {other.name} in {other_path}"
    one, two = (_WORDS.get(str(each.type), str(each.type)) for each in (field, other))
    return f"column {field.name} is {one} in {path}, {two} in {other_path}"


def _as_spark(path: str, schema: pa.Schema) -> pa.Schema:
    """The columns in Spark's types; raises DatasetError for a type that Spark doesn't have, and for repeated names."""
    import pyarrow as pa

    fields: dict[str, pa.Field] = {}
    for field in schema:
        kind = spark_type(field.type)
        if kind is None:
            raise DatasetError(f"{path}: column {field.name} is {field.type}, a type that Spark doesn't have.")
        twin = fields.setdefault(field.name.lower(), pa.field(field.name, kind))
        if twin.name != field.name or len(schema.get_all_field_indices(field.name)) > 1:
            raise DatasetError(f"{path}: two columns are called {twin.name} and {field.name}: rename one of them.")
    return pa.schema(list(fields.values()))


def spark_type(kind: pa.DataType) -> pa.DataType | None:
    """The type in which Spark reads a column of this one; None if it has none."""
    import pyarrow as pa
    from pyarrow import types

    if isinstance(kind, pa.BaseExtensionType):
        return spark_type(kind.storage_type)
    if types.is_dictionary(kind):
        return spark_type(kind.value_type)
    if types.is_struct(kind):
        return _struct(kind)
    if types.is_map(kind):
        key, item = spark_type(kind.key_type), spark_type(kind.item_type)
        return pa.map_(key, item) if key is not None and item is not None else None
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        element = spark_type(kind.value_type)
        return None if element is None else pa.list_(element)
    if types.is_timestamp(kind):
        return pa.timestamp("us", "UTC" if kind.tz else None)
    if types.is_decimal(kind):
        return pa.decimal128(kind.precision, kind.scale) if kind.precision <= 38 else None
    return _simple_types().get(str(kind).split("[")[0])


def _struct(kind: pa.DataType) -> pa.DataType | None:
    import pyarrow as pa

    fields = [(kind.field(number).name, spark_type(kind.field(number).type)) for number in range(kind.num_fields)]
    return None if any(each is None for _, each in fields) else pa.struct(fields)


def _simple_types() -> dict[str, pa.DataType]:
    import pyarrow as pa

    same = (
        pa.null(),
        pa.bool_(),
        pa.int8(),
        pa.int16(),
        pa.int32(),
        pa.int64(),
        pa.float32(),
        pa.float64(),
        pa.string(),
    )
    return {
        **{str(each): each for each in (*same, pa.binary())},
        **{"uint8": pa.int16(), "uint16": pa.int32(), "uint32": pa.int64(), "uint64": pa.decimal128(20, 0)},
        **dict.fromkeys(("large_string", "string_view"), pa.string()),
        **dict.fromkeys(("large_binary", "binary_view", "fixed_size_binary"), pa.binary()),
        **{"date32": pa.date32(), "date64": pa.date32(), "duration": pa.int64()},
    }


def _chosen(columns: pa.Schema, names: Sequence[str]) -> pa.Schema:
    import pyarrow as pa

    known = {name.lower(): name for name in columns.names}
    lacking = [name for name in names if name.lower() not in known]
    if lacking:
        raise DatasetError(f"column {lacking[0]} is not in the files: there are {', '.join(columns.names)}.")
    return pa.schema([columns.field(known[name.lower()]) for name in names])


def _as(batch: pa.RecordBatch, columns: pa.Schema) -> pa.RecordBatch:
    """The batch in these columns, null where it has none; raises ArrowInvalid for a value that would be another."""
    import pyarrow as pa

    arrays = []
    for field in columns:
        number = batch.schema.get_field_index(field.name)
        if number < 0:
            arrays.append(pa.nulls(batch.num_rows, field.type))
        else:
            column = batch.column(number)
            arrays.append(column if column.type == field.type else column.cast(field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=columns)
