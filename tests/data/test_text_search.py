"""Texts are found in files however these are written; what can't be looked into is not said to be free of them."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from otfbench.data.text_search import Traces, search
from otfbench.errors import UnsupportedError
from tests.inputs.test_avro_reader import CODECS, columns, container

TEXT = "left at 0123ABCD"
TABLE = pa.table({"id": list(range(1000)), "note": [f"note {n}" for n in range(999)] + [TEXT]})
NESTED = pa.table({"all": [[{"inner": {"note": text}}] for text in TABLE["note"].to_pylist()]})

NAMES = TABLE["note"].combine_chunks().dictionary_encode()
DICTIONARIES = pa.table({"one": NAMES, "in": pa.StructArray.from_arrays([NAMES], ["a"])})


def parquet(table: pa.Table, **options: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, write_statistics=False, **options)
    return sink.getvalue()


def of_orc(table: pa.Table, compression: str) -> bytes:
    sink = io.BytesIO()
    orc.write_table(table, sink, compression=compression)
    return sink.getvalue()


def avro(value: object, kind: object, codec: str) -> bytes:
    sink = io.BytesIO()
    schema = {"type": "record", "name": "r", "fields": [{"name": "v", "type": kind}]}
    fastavro.writer(sink, fastavro.parse_schema(schema), [{"v": value}] * 3, codec=codec)
    return sink.getvalue()


BOUNDS = {"type": "array", "items": {"type": "map", "values": "bytes"}}
WRITERS: dict[str, Callable[[], bytes]] = {
    **{f"parquet, {c}": lambda c=c: parquet(TABLE, compression=c) for c in ("none", "snappy", "zstd", "gzip")},
    "parquet, no dictionary": lambda: parquet(TABLE, compression="zstd", use_dictionary=False),
    "parquet, dictionaries of Arrow": lambda: parquet(DICTIONARIES, compression="zstd"),
    "parquet, nested": lambda: parquet(NESTED, compression="zstd"),
    "parquet, several row groups": lambda: parquet(TABLE, compression="zstd", row_group_size=100),
    "orc, zlib": lambda: of_orc(TABLE, "zlib"),
    "orc, nested": lambda: of_orc(NESTED, "zstd"),
    "avro, deflate": lambda: avro(TEXT, "string", "deflate"),
    "avro, bytes in maps": lambda: avro([{"upper": TEXT.encode()}], BOUNDS, "deflate"),
    "json": lambda: json.dumps({"minValues": {"note": TEXT}}).encode(),
    "json, gzip": lambda: gzip.compress(json.dumps({"note": TEXT}).encode()),
    "bytes of any kind": lambda: b"DATABLK*\x00\xff" + TEXT.encode() + b"\xfe",
}


@pytest.mark.parametrize("kind", WRITERS)
def test_found_in_each_kind(tmp_path: Path, kind: str) -> None:
    """The one text among a thousand is found, and no other text is."""
    (tmp_path / "file").write_bytes(WRITERS[kind]())
    path = str(tmp_path / "file")
    assert search([TEXT], [path]).found == (path,)
    absent = search(["left at 99999999"], [path])
    assert absent.found == () and absent.unread == ((path,) if "any kind" in kind else ())


@pytest.mark.parametrize("codec", CODECS)
def test_found_in_each_codec_of_avro(tmp_path: Path, codec: str) -> None:
    """Blocks are unpacked by whatever the specification names: Paimon's manifests are packed by zstandard."""
    pack = CODECS[codec]
    (tmp_path / "file").write_bytes(
        container(columns("string"), codec, (1, pack(b"x" * 500)), (1, pack(TEXT.encode())))
    )
    assert search([TEXT], [str(tmp_path / "file")]).found
    assert search(["left at 99999999"], [str(tmp_path / "file")]) == Traces((), ())


def test_statistics_hold_bounds(tmp_path: Path) -> None:
    """A footer's largest value is there as it is, though no row has it: a part of the file alone shows it."""
    sink = io.BytesIO()
    pq.write_table(pa.table({"note": [TEXT]}), sink, compression="zstd")
    footer = sink.getvalue()[-1500:]
    (tmp_path / "footer").write_bytes(footer)
    assert search([TEXT], [str(tmp_path / "footer")]).found


@pytest.mark.parametrize("content", [b"DATABLK*\x00\x01\xff", b"PAR1 cut", b"Obj\x01 cut", b"\x1f\x8b cut", b"a\0b"])
def test_what_nobody_can_read_is_unread(tmp_path: Path, content: bytes) -> None:
    """A file of an unknown kind, or a damaged one, is not said to hold nothing."""
    (tmp_path / "file").write_bytes(content)
    assert search([TEXT], [str(tmp_path / "file")]).unread == (str(tmp_path / "file"),)


@pytest.mark.parametrize("content", [b"", b'{"note": "other"}', "ü".encode()])
def test_plain_text_is_read(tmp_path: Path, content: bytes) -> None:
    """Text without the text holds nothing of it."""
    (tmp_path / "file").write_bytes(content)
    traces = search([TEXT], [str(tmp_path / "file")])
    assert (traces.found, traces.unread) == ((), ())


def test_other_file_systems_are_not_looked_into() -> None:
    """A table behind a URI is told, not taken for one without files."""
    with pytest.raises(UnsupportedError, match="on this machine's disk only"):
        search([TEXT], ["s3a://bucket/lake/t/part-0.parquet"])
