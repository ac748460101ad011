"""The blocks of an Avro file, found and unpacked. Knows neither what is in a record nor what Spark makes of it.

Avro 1.11, object container files: magic, metadata, a marker of 16 bytes; then blocks of count, size, data, marker.
"""

from __future__ import annotations

import bz2
import lzma
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from otfbench.errors import DatasetError
from otfbench.inputs.typed_files import Damaged

MAGIC = b"Obj\x01"
_MARKER = 16
"""The bytes of the mark behind each block (Avro's specification)."""
_SNAPPY_RATIO = 22
"""The most bytes that one of Snappy's format stands for (a copy of 64 takes 3): a block that says more is damaged."""


@dataclass(frozen=True)
class Header:
    """What the beginning of a file says: the schema as JSON, how blocks are packed, the marker after each; its end."""

    schema: bytes
    codec: str
    marker: bytes
    end: int


@dataclass(frozen=True)
class Block:
    """Where a block begins, the number of its first record (the first of the file is 1), and how many there are."""

    begin: int
    first: int
    count: int
    start: int
    size: int

    def __str__(self) -> str:
        return f"the block at byte {self.begin:,} (records {self.first:,} to {self.first + self.count - 1:,})"


def header(file: IO[bytes]) -> Header:
    """The header, without a look into its schema; raises Damaged if it isn't whole, or isn't one."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if file.read(len(MAGIC)) != MAGIC:
        raise Damaged("it doesn't begin as an Avro file does")
    metadata: dict[bytes, bytes] = {}
    while count := _long(file):
        if count < 0:  # the size of the entries follows
            _long(file)
        for _ in range(abs(count)):
            name = _bytes(file, size)
            metadata[name] = _bytes(file, size)
    marker = file.read(_MARKER)
    if len(marker) < _MARKER or b"avro.schema" not in metadata:
        raise Damaged("its header is damaged or cut off")
    return Header(metadata[b"avro.schema"], metadata.get(b"avro.codec", b"null").decode("latin-1"), marker, file.tell())


def blocks(file: IO[bytes], head: Header) -> Iterator[Block]:
    """The blocks, without reading what is in them; raises Damaged where the file is not whole."""
    size = file.seek(0, os.SEEK_END)
    begin, first = head.end, 1
    while begin < size:
        file.seek(begin)
        where = f"the block at byte {begin:,} of {size:,} (after record {first - 1:,}) is damaged or cut off"
        try:
            count, length = _long(file), _long(file)
        except Damaged:
            raise Damaged(where) from None
        start = file.tell()
        if count < 0 or not 0 <= length <= size - start - _MARKER:
            raise Damaged(where)
        file.seek(start + length)
        if file.read(_MARKER) != head.marker:
            raise Damaged(where)
        yield Block(begin, first, count, start, length)
        begin, first = start + length + _MARKER, first + count


def content(file: IO[bytes], block: Block, codec: str) -> bytes:
    """The records of a block, unpacked; raises Damaged if that can't be done."""
    unpack = _CODECS.get(codec)
    if unpack is None:
        raise DatasetError(
            f"it is packed by {codec}, which the second reader doesn't know: {', '.join(_CODECS)} it does"
        )
    file.seek(block.start)
    packed = file.read(block.size)
    try:
        return unpack(packed)
    except (ArithmeticError, EOFError, MemoryError, OSError, ValueError, lzma.LZMAError, zlib.error) as error:
        raise Damaged(f"{block} is damaged: {codec} can't unpack it ({error})") from None


def _long(file: IO[bytes]) -> int:
    """A number of variable length, seven bits a byte, the sign in the lowest bit."""
    number = shift = 0
    while shift < 70 and (byte := file.read(1)):
        number |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return number >> 1 ^ -(number & 1)
        shift += 7
    raise Damaged("it is damaged, or ends in the middle of a number")


def _bytes(file: IO[bytes], size: int) -> bytes:
    length = _long(file)
    if not 0 <= length <= size - file.tell():
        raise Damaged("its header is damaged or cut off")
    return file.read(length)


def _inflated(packed: bytes) -> bytes:
    return zlib.decompress(packed, -zlib.MAX_WBITS)


def _from_snappy(packed: bytes) -> bytes:
    """The unpacked bytes: their length comes first, a checksum of them last."""
    import pyarrow as pa

    size = shift = 0
    for byte in packed[:5]:
        size |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    if size > _SNAPPY_RATIO * len(packed):
        raise Damaged("its length is damaged")
    unpacked: bytes = pa.decompress(packed[:-4], size, "snappy", asbytes=True)
    if zlib.crc32(unpacked) != int.from_bytes(packed[-4:], "big"):
        raise Damaged("its checksum is another")
    return unpacked


def _from_zstandard(packed: bytes) -> bytes:
    import pyarrow as pa

    with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
        unpacked: bytes = stream.read()
    return unpacked


_CODECS: Mapping[str, Callable[[bytes], bytes]] = {
    "null": bytes,
    "deflate": _inflated,
    "snappy": _from_snappy,
    "zstandard": _from_zstandard,
    "bzip2": bz2.decompress,
    "xz": lzma.decompress,
}
