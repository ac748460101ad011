"""The evidence of record batches of Arrow: hashes of values as Spark has them. Knows no Spark and no file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from otfbench.data import xxhash64
from otfbench.data.evidence import NO_ROW, ColumnEvidence, Digest, Evidence
from otfbench.data.xxhash64 import Hashes

if TYPE_CHECKING:
    import pyarrow as pa

_NAN = 0x7FF8000000000000
_LONG_DIGITS = 18
"""The most digits of a decimal that is hashed as its unscaled value, as Spark does; others are hashed as its bytes."""


def evidence(batches: Iterable[pa.RecordBatch]) -> Evidence:
    """The evidence of all the rows, whose types are those that Spark gives them; see otfbench.data.digest."""
    total = NO_ROW
    for batch in batches:
        total += _of_batch(batch)
    return total


def _of_batch(batch: pa.RecordBatch) -> Evidence:
    hashes = {name: column_hashes(column) for name, column in zip(batch.schema.names, batch.columns, strict=True)}
    columns = {
        name: ColumnEvidence(column.null_count, _sum(hashes[name]), _earliest(column))
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    return Evidence(Digest(batch.num_rows, _sum(hashed_once_more(hashes.values(), batch.num_rows))), columns)


def _earliest(array: pa.Array) -> int | None:
    from pyarrow import compute, types

    if not (types.is_date32(array.type) or types.is_timestamp(array.type)):
        return None
    first: int | None = compute.min(array.cast("int32" if types.is_date32(array.type) else "int64")).as_py()
    return first


def row_hashes(batch: pa.RecordBatch) -> Hashes:
    """The hash of each row: the hashes of its values, in the order of the columns, hashed once more."""
    return hashed_once_more(map(column_hashes, batch.columns), batch.num_rows)


def hashed_once_more(columns: Iterable[Hashes], rows: int) -> Hashes:
    total: Hashes = np.full(rows, np.uint64(xxhash64.SEED))
    for hashes in columns:
        total = xxhash64.of_longs(hashes, total)
    return total


def _sum(hashes: Hashes) -> int:
    return int(hashes.sum(dtype=np.uint64))


def column_hashes(array: pa.Array) -> Hashes:
    """The hash of each value; 0 for null. Raises TypeError for a type that no column of Spark has."""
    hashes = _hashes(array)
    if array.null_count:
        hashes[~_valid(array)] = 0
    return hashes


def _hashes(array: pa.Array) -> Hashes:
    """The hash of each value, anything for null."""
    from pyarrow import types

    kinds: tuple[tuple[Callable[[pa.DataType], bool], Callable[[pa.Array], Hashes]], ...] = (
        (types.is_null, lambda nulls: np.zeros(len(nulls), np.uint64)),
        (types.is_boolean, lambda flags: xxhash64.of_ints(flags.fill_null(False).to_numpy(zero_copy_only=False))),
        (types.is_date32, lambda days: xxhash64.of_ints(_fixed(days, np.int32))),
        (types.is_integer, lambda numbers: xxhash64.of_longs(_fixed(numbers.cast("int64"), np.int64))),
        (_is_time, lambda times: xxhash64.of_longs(_fixed(times, np.int64))),
        (types.is_floating, lambda numbers: _of_doubles(_fixed(numbers.cast("float64"), np.float64))),
        (types.is_decimal, _of_decimals),
        (types.is_struct, _of_structs),
        (types.is_map, _of_maps),
        (types.is_list, _of_lists),
        (types.is_large_list, _of_lists),
        (types.is_dictionary, lambda coded: _hashes(coded.dictionary_decode())),
        (_is_text, _of_texts),
    )
    for is_kind, hashes in kinds:
        if is_kind(array.type):
            return hashes(array)
    raise TypeError(f"{array.type} is no type of a column of Spark")


def _is_time(kind: pa.DataType) -> bool:
    """Whether it is a time, or a duration, in microseconds, as Spark's are."""
    from pyarrow import types

    return bool(types.is_timestamp(kind) or types.is_duration(kind)) and bool(kind.unit == "us")


def _is_text(kind: pa.DataType) -> bool:
    from pyarrow import types

    texts = (types.is_string, types.is_large_string)
    return any(each(kind) for each in (*texts, types.is_binary, types.is_large_binary, types.is_fixed_size_binary))


def _valid(array: pa.Array) -> NDArray[np.bool_]:
    valid: NDArray[np.bool_] = array.is_valid().to_numpy(zero_copy_only=False)
    return valid


def _fixed(array: pa.Array, dtype: Any) -> NDArray[Any]:
    """The values of a type of fixed width as they lie in memory, anything where there is null."""
    return _numbers(array, len(array), np.dtype(dtype))


def _of_doubles(values: NDArray[np.float64]) -> Hashes:
    """By their 64 bits, with one NaN; 0.0 and -0.0, which Spark hashes alike, by their texts."""
    bits = np.where(np.isnan(values), np.int64(_NAN), values.view(np.int64))
    hashes = xxhash64.of_longs(bits)
    if (zero := values == 0).any():
        texts = [np.frombuffer(text, np.uint8) for text in (b"0.0", b"-0.0")]
        start = np.zeros(1, np.int64)
        positive, negative = (xxhash64.of_bytes(text, start, start + len(text))[0] for text in texts)
        hashes[zero] = np.where(np.signbit(values[zero]), negative, positive)
    return hashes


def _of_decimals(array: pa.Array) -> Hashes:
    import pyarrow as pa

    halves = _fixed(array.cast(pa.decimal128(array.type.precision, array.type.scale)), np.dtype("<i8,<i8"))
    low, high = halves["f0"], halves["f1"]
    if array.type.precision <= _LONG_DIGITS:
        return xxhash64.of_longs(np.ascontiguousarray(low))
    data = np.stack([high.byteswap(), low.byteswap()], axis=1).view(np.uint8)  # the highest byte first, as in Java
    sign = np.where(high < 0, np.uint8(0xFF), np.uint8(0))
    redundant = (data[:, :-1] == sign[:, None]) & ((data[:, 1:] ^ sign[:, None]) < 0x80)
    skipped = np.cumprod(redundant, axis=1).sum(axis=1).astype(np.int64)
    return xxhash64.of_bytes(data.reshape(-1), np.arange(len(low)) * 16 + skipped, 16 - skipped)


def _of_texts(array: pa.Array) -> Hashes:
    """By their bytes in UTF-8, or as they are."""
    from pyarrow import types

    if types.is_fixed_size_binary(array.type):
        array = array.cast("binary")
    wide = types.is_large_string(array.type) or types.is_large_binary(array.type)
    offsets = _offsets(array, np.int64 if wide else np.int32)
    return xxhash64.of_bytes(np.frombuffer(array.buffers()[2] or b"", np.uint8), offsets[:-1], np.diff(offsets))


def _offsets(array: pa.Array, dtype: Any) -> NDArray[np.int64]:
    if not len(array):
        return np.zeros(1, np.int64)
    return _numbers(array, len(array) + 1, np.dtype(dtype)).astype(np.int64)


def _numbers(array: pa.Array, count: int, dtype: np.dtype[Any]) -> NDArray[Any]:
    """So many from the array's offset on; the buffer of one that is all null may be of another one's size."""
    if not len(array):
        return np.empty(0, dtype)
    return np.frombuffer(array.buffers()[1], dtype, count, array.offset * dtype.itemsize)


def _bounds(array: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each list begins among the values of all, and how long it is."""
    from pyarrow import types

    offsets = _offsets(array, np.int64 if types.is_large_list(array.type) else np.int32)
    return offsets[:-1], np.diff(offsets)


def _chained(hashes: Hashes, starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Hashes:
    """The hash of each list: the hash of an element is hashed with that of the elements before it as the seed."""
    total: Hashes = np.full(len(starts), np.uint64(xxhash64.SEED))
    for position in range(int(lengths.max(initial=0))):
        longer = np.flatnonzero(lengths > position)
        total[longer] = xxhash64.of_longs(hashes[starts[longer] + position], total[longer])
    return total


def _of_lists(array: pa.Array) -> Hashes:
    return _chained(column_hashes(array.values), *_bounds(array))


def _of_structs(array: pa.Array) -> Hashes:
    fields = (array.field(number) for number in range(array.type.num_fields))
    return hashed_once_more(map(column_hashes, fields), len(array))


def _of_maps(array: pa.Array) -> Hashes:
    """As lists of their entries, in the order of the hashes of these, as signed numbers: a map has no order."""
    starts, lengths = _bounds(array)
    if not len(starts):
        return np.zeros(0, np.uint64)
    entries = hashed_once_more(map(column_hashes, (array.keys, array.items)), len(array.keys))
    owner = np.repeat(np.arange(len(starts)), lengths)
    used = entries[starts[0] : starts[0] + lengths.sum()]
    ordered = used[np.lexsort((used.view(np.int64), owner))]
    return _chained(ordered, starts - starts[0], lengths)
