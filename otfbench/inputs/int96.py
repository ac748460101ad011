"""Parquet's old times of 96 bits, read in microseconds and in nanoseconds: whether digits get lost. Reads no file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from otfbench.errors import DatasetError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

_IN_NANOSECONDS_US = 9_223_372_036_854_775
"""Times that far from 1970, in 1677 and 2262, are the last that 64 bits of nanoseconds hold; of others nobody knows."""


def refuse_nanoseconds(name: str, times: pa.Array, finer: pa.Array) -> None:
    """Raise DatasetError for a time of a column that has more digits than microseconds have.

    `finer` are the same values in nanoseconds.
    """
    for one, other in zip(_leaves(times), _leaves(finer), strict=True):
        in_us, in_ns = _numbers(one), _numbers(other)
        known = abs(in_us) < _IN_NANOSECONDS_US
        if (in_ns[known] != in_us[known] * 1000).any():
            raise DatasetError(
                f"column {name} has times of 96 bits with nanoseconds, and Spark's have microseconds: digits would be "
                "lost. Rewrite the file in microseconds."
            )


def _leaves(values: pa.Array) -> Iterator[pa.Array]:
    """The arrays of times in a column."""
    from pyarrow import types

    if types.is_timestamp(values.type):
        yield values
    elif types.is_map(values.type):
        yield from _leaves(values.keys)
        yield from _leaves(values.items)
    elif types.is_list(values.type):
        yield from _leaves(values.flatten())
    elif types.is_struct(values.type):
        for each in values.flatten():
            yield from _leaves(each)


def _numbers(times: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    numbers: np.ndarray[tuple[int], np.dtype[np.int64]] = times.cast("int64").fill_null(0).to_numpy()
    return numbers
