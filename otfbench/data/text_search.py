"""In which files of a folder a text is, however they are written. Knows no table and no format.

A file is taken for what its first bytes say: Parquet and ORC by pyarrow, blocks of Avro and gzip unpacked, all of them
also byte by byte (footers hold the least and the largest value of a column as they are). What can't be looked into is
told from what holds nothing.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from otfbench.errors import UnsupportedError
from otfbench.files import is_uri
from otfbench.inputs import avro_blocks

if TYPE_CHECKING:
    import pyarrow as pa

_PARQUET, _ORC, _GZIP = b"PAR1", b"ORC", b"\x1f\x8b"


@dataclass(frozen=True)
class Traces:
    """What was found of some texts in files."""

    found: tuple[str, ...]
    """Paths of files that hold at least one of them."""
    unread: tuple[str, ...]
    """Paths of files that can't be searched."""


def search(texts: Sequence[str], paths: Iterable[str]) -> Traces:
    """Look for the texts in each file; raises UnsupportedError for files that are not on this machine's disk."""
    wanted = [text.encode() for text in texts]
    held: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    for path in sorted(paths):
        if is_uri(path):
            raise UnsupportedError("files are looked into on this machine's disk only")
        held[_holds(path, wanted)].append(path)
    return Traces(tuple(held[True]), tuple(held[None]))


def _holds(path: str, wanted: Sequence[bytes]) -> bool | None:
    """Whether one of the texts is in there; None if that can't be known."""
    try:
        data = Path(path).read_bytes()
        if _in(data, wanted):
            return True
        for magic, unpacked in _READERS.items():
            if data.startswith(magic):
                return any(_in(part, wanted) for part in unpacked(data))
    except Exception:  # whatever a library says of a file that it can't read, and of one that memory doesn't hold
        return None
    return False if _is_text(data) else None


def _in(data: bytes, wanted: Iterable[bytes]) -> bool:
    return any(text in data for text in wanted)


def _is_text(data: bytes) -> bool:
    """Whether its bytes are what they look like: text, without anything packed."""
    try:
        return "\0" not in data.decode()
    except UnicodeDecodeError:
        return False


def _of_parquet(data: bytes) -> Iterable[bytes]:
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(io.BytesIO(data)).iter_batches():
        yield from _buffers(batch)


def _of_orc(data: bytes) -> Iterable[bytes]:
    from pyarrow import orc

    file = orc.ORCFile(io.BytesIO(data))
    for number in range(file.nstripes):
        yield from _buffers(file.read_stripe(number))


def _buffers(batch: pa.RecordBatch) -> Iterable[bytes]:
    """The memory of all columns, at each level: texts lie there one after the other, as they are."""
    for column in batch.columns:
        yield from _of_array(column)


def _of_array(array: pa.Array) -> Iterable[bytes]:
    from pyarrow import types

    if types.is_dictionary(array.type):
        yield from _of_array(array.dictionary)
    elif types.is_struct(array.type):
        for number in range(array.type.num_fields):
            yield from _of_array(array.field(number))
    elif types.is_map(array.type):
        yield from _of_array(array.keys)
        yield from _of_array(array.items)
    elif types.is_list(array.type) or types.is_large_list(array.type) or types.is_fixed_size_list(array.type):
        yield from _of_array(array.values)
    else:
        yield from (buffer.to_pybytes() for buffer in array.buffers() if buffer is not None)


def _of_avro(data: bytes) -> Iterable[bytes]:
    """The blocks of an Avro file: in these, texts and bytes stand as they are."""
    file = io.BytesIO(data)
    head = avro_blocks.header(file)
    for block in avro_blocks.blocks(file, head):
        yield avro_blocks.content(file, block, head.codec)


def _of_gzip(data: bytes) -> Iterable[bytes]:
    yield gzip.decompress(data)


_READERS: dict[bytes, Callable[[bytes], Iterable[bytes]]] = {
    _PARQUET: _of_parquet,
    _ORC: _of_orc,
    avro_blocks.MAGIC: _of_avro,
    _GZIP: _of_gzip,
}
