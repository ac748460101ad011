"""xxHash64 of many values at once, as Spark's function of that name computes it. Knows no column and no row.

The algorithm is that of https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md (XXH64). As in Spark, whole
numbers are hashed as their 8 bytes, or 4, little-endian, and the hash of one value is the seed of the next one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]

SEED = 42
"""Spark's."""
_P1, _P2, _P3, _P4, _P5 = (
    np.uint64(prime)
    for prime in (
        0x9E3779B185EBCA87,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0x85EBCA77C2B2AE63,
        0x27D4EB2F165667C5,
    )
)
_STRIPE, _WORD = 32, 8


def of_longs(values: NDArray[Any], seed: Hashes | int = SEED) -> Hashes:
    """The hash of each 64-bit number; `seed` is one for all, or one each."""
    start = _seed(seed) + _P5 + np.uint64(8)
    return _mixed(_with_word(start, values.astype(np.int64, copy=False).view(np.uint64)))


def of_ints(values: NDArray[Any]) -> Hashes:
    """The hash of each 32-bit number."""
    start = _seed(SEED) + _P5 + np.uint64(4)
    return _mixed(_with_half(start, values.astype(np.int32, copy=False).view(np.uint32).astype(np.uint64)))


def of_bytes(data: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> Hashes:
    """The hash of each piece of the data, by its first byte and its length."""
    order = np.argsort(-lengths, kind="stable")  # the longest first: what still has bytes left is a slice
    at, left = starts[order].copy(), lengths[order].copy()
    padded = np.concatenate([data, np.zeros(_WORD, np.uint8)])
    words: Hashes = np.ndarray((len(data) + 1,), np.dtype("<u8"), padded.data, strides=(1,))
    total = _stripes(words, at, left)
    total += lengths[order].astype(np.uint64)
    while count := int((left >= _WORD).sum()):
        chosen = np.flatnonzero(left >= _WORD) if count < len(left) else slice(None)
        total[chosen] = _with_word(total[chosen], words[at[chosen]])
        at[chosen] += _WORD
        left[chosen] -= _WORD
    half = np.flatnonzero(left >= 4)
    total[half] = _with_half(total[half], words[at[half]] & np.uint64(0xFFFFFFFF))
    at[half] += 4
    left[half] -= 4
    while len(rest := np.flatnonzero(left > 0)):
        total[rest] = _rotated(total[rest] ^ (words[at[rest]] & np.uint64(0xFF)) * _P5, 11) * _P1
        at[rest] += 1
        left[rest] -= 1
    hashes = np.empty_like(total)
    hashes[order] = _mixed(total)
    return hashes


def _stripes(words: Hashes, at: NDArray[np.int64], left: NDArray[np.int64]) -> Hashes:
    """What comes of the stripes of 32 bytes; moves on to what is left behind them. The longest pieces come first."""
    total: Hashes = np.full(len(at), np.uint64(SEED) + _P5)
    count = int((left >= _STRIPE).sum())
    if not count:
        return total
    seed = _seed(SEED)
    lanes = [np.repeat(lane, count) for lane in (seed + _P1 + _P2, seed + _P2, seed, seed - _P1)]
    while active := int((left[:count] >= _STRIPE).sum()):
        for number, lane in enumerate(lanes):
            lane[:active] = _round(lane[:active], words[at[:active] + number * _WORD])
        at[:active] += _STRIPE
        left[:active] -= _STRIPE
    merged = np.zeros_like(lanes[0])
    for lane, bits in zip(lanes, (1, 7, 12, 18), strict=True):
        merged += _rotated(lane, bits)
    for lane in lanes:
        merged = (merged ^ _round(np.zeros_like(lane), lane)) * _P1 + _P4
    total[:count] = merged
    return total


def _seed(seed: Hashes | int) -> Hashes:
    """As an array, whose sums wrap around without a warning."""
    return seed if isinstance(seed, np.ndarray) else np.array([seed], np.uint64)


def _rotated(value: Hashes, bits: int) -> Hashes:
    return (value << np.uint64(bits)) | (value >> np.uint64(64 - bits))


def _round(lane: Hashes, word: Hashes) -> Hashes:
    return _rotated(lane + word * _P2, 31) * _P1


def _with_word(total: Hashes, word: Hashes) -> Hashes:
    return _rotated(total ^ _round(np.zeros_like(word), word), 27) * _P1 + _P4


def _with_half(total: Hashes, half: Hashes) -> Hashes:
    return _rotated(total ^ half * _P1, 23) * _P2 + _P3


def _mixed(total: Hashes) -> Hashes:
    total = (total ^ (total >> np.uint64(33))) * _P2
    total = (total ^ (total >> np.uint64(29))) * _P3
    return total ^ (total >> np.uint64(32))
