"""Avro by the second reader: the types that Spark gives its columns, each codec, and files that are damaged."""

import bz2
import io
import json
import lzma
import re
import zlib
from datetime import date, datetime, timezone
from decimal import Decimal

import fastavro
import pyarrow as pa
import pytest

from otfbench.errors import DatasetError
from otfbench.inputs.avro import Avro
from otfbench.inputs.avro_types import meaning

MARKER = b"sixteen bytes it"


def columns(*kinds):
    """The schema of a row with a column for each type: a, b, ..."""
    fields = [{"name": name, "type": kind} for name, kind in zip("abcdefgh", kinds, strict=False)]
    return {"type": "record", "name": "row", "namespace": "n.s", "fields": fields}


def write(path, schema, *rows):
    """A file with these rows; its path."""
    with open(path, "wb") as file:
        fastavro.writer(file, schema, rows)
    return str(path)


def write_value(path, kind, value):
    """A file with one row of one column, a."""
    return write(path, columns(kind), {"a": value})


def read(*paths, schema=None):
    """All rows, as one table."""
    return pa.Table.from_batches(Avro().batches(paths, {}, schema))


def error(*paths):
    """What is said of files that can't be read."""
    with pytest.raises(DatasetError) as raised:
        list(Avro().batches(paths, {}, None))
    return str(raised.value)


def logical(stored, as_what, **others):
    """A type with a logical type."""
    return {"type": stored, "logicalType": as_what, **others}


FIXED = {"type": "fixed", "name": "f", "size": 2}
ENUM = {"type": "enum", "name": "e", "symbols": ["A", "B"]}
POINT = {"type": "record", "name": "p", "fields": [{"name": "x", "type": "int"}, {"name": "e", "type": ENUM}]}
INSTANT, LOCAL = pa.timestamp("us", "UTC"), pa.timestamp("us")
NOON = datetime(2024, 1, 31, 12, 0, 0, 1000)
INSTANT_NOON = NOON.replace(tzinfo=timezone.utc)
MILLIS = 1706702400001
UUID = "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"
BIG = {"type": "fixed", "name": "d", "size": 16, "logicalType": "decimal", "precision": 38}

TYPES = {
    "boolean": ("boolean", True, pa.bool_(), True),
    "float": ("float", 0.5, pa.float32(), 0.5),
    "bytes": ("bytes", b"\0\xff", pa.binary(), b"\0\xff"),
    "fixed": (FIXED, b"ab", pa.binary(), b"ab"),
    "enum": (ENUM, "B", pa.string(), "B"),
    "date": (logical("int", "date"), 19_753, pa.date32(), date(2024, 1, 31)),
    "millis": (logical("long", "timestamp-millis"), MILLIS, INSTANT, INSTANT_NOON),
    "micros": (logical("long", "timestamp-micros"), MILLIS * 1000, INSTANT, INSTANT_NOON),
    "local millis": (logical("long", "local-timestamp-millis"), MILLIS, LOCAL, NOON),
    "local micros": (logical("long", "local-timestamp-micros"), MILLIS * 1000, LOCAL, NOON),
    "nanos": (logical("long", "timestamp-nanos"), MILLIS, pa.int64(), MILLIS),
    "time in millis": (logical("int", "time-millis"), 1, pa.int32(), 1),
    "time in micros": (logical("long", "time-micros"), 1, pa.int64(), 1),
    "uuid": (logical("string", "uuid"), UUID, pa.string(), UUID),
    "decimal": (logical("bytes", "decimal", precision=9, scale=2), b"\xff\0", pa.decimal128(9, 2), Decimal("-2.56")),
    "fixed decimal": (BIG, b"\x4b" + bytes(14) + b"\1", pa.decimal128(38, 0), Decimal((0x4B << 120) + 1)),
    "decimal without digits": (logical("bytes", "decimal"), b"\1", pa.binary(), b"\1"),
    "array": ({"type": "array", "items": ["null", "int"]}, [1, None], pa.list_(pa.int32()), [1, None]),
    "map": (
        {"type": "map", "values": logical("int", "date")},
        {"k": 0},
        pa.map_(pa.string(), pa.date32()),
        [("k", date(1970, 1, 1))],
    ),
    "record": (POINT, {"x": 1, "e": "A"}, pa.struct([("x", pa.int32()), ("e", pa.string())]), {"x": 1, "e": "A"}),
    "nullable": (["null", "long"], None, pa.int64(), None),
    "nullable, null last": (["string", "null"], "", pa.string(), ""),
    "nullable time": (["null", logical("long", "timestamp-millis")], MILLIS, INSTANT, INSTANT_NOON),
    "union of one": (["long"], 7, pa.int64(), 7),
    "int or long": (["int", "null", "long"], 2**40, pa.int64(), 2**40),
    "float or double": (["null", "float", "double"], None, pa.float64(), None),
    "union": (
        ["int", "string", "null", FIXED],
        "x",
        pa.struct([("member0", pa.int32()), ("member1", pa.string()), ("member2", pa.binary())]),
        {"member0": None, "member1": "x", "member2": None},
    ),
    "null in a union": (
        ["int", "string", "null"],
        None,
        pa.struct([("member0", pa.int32()), ("member1", pa.string())]),
        None,
    ),
    "records of a union": (
        [POINT, {"type": "record", "name": "q", "fields": [{"name": "x", "type": "int"}]}],
        ("n.s.q", {"x": 7}),
        pa.struct(
            [
                ("member0", pa.struct([("x", pa.int32()), ("e", pa.string())])),
                ("member1", pa.struct([("x", pa.int32())])),
            ]
        ),
        {"member0": None, "member1": {"x": 7}},
    ),
    "whole numbers and others": (
        ["int", "long", "double"],
        1.0,
        pa.struct([("member0", pa.int32()), ("member1", pa.int64()), ("member2", pa.float64())]),
        {"member0": None, "member1": None, "member2": 1.0},
    ),
}


@pytest.mark.parametrize(("kind", "value", "wanted", "right"), TYPES.values(), ids=TYPES)
def test_types_are_those_of_spark(tmp_path, kind, value, wanted, right):
    """As Spark reads them; values are written as they are stored."""
    data, path = io.BytesIO(), tmp_path / "1"
    fastavro.schemaless_writer(data, fastavro.parse_schema(bare(columns(kind))), {"a": value})
    path.write_bytes(container(columns(kind), "null", (1, data.getvalue())))
    found = read(str(path))
    assert (found.schema, found.to_pydict()) == (pa.schema({"a": wanted}), {"a": [right]})


def number(value):
    """A number as Avro writes it."""
    value, data = value << 1 ^ value >> 63, bytearray()
    while value > 127:
        data.append(value & 127 | 128)
        value >>= 7
    return bytes([*data, value])


def text(value):
    """Bytes as Avro writes them."""
    return number(len(value)) + value


def container(schema, codec, *blocks):
    """A file by the letter of the specification: of each block, the number of records, and what is in it, packed."""
    metadata = text(b"avro.schema") + text(json.dumps(schema).encode()) + text(b"avro.codec") + text(codec.encode())
    begin = b"Obj\x01" + number(2) + metadata + b"\0" + MARKER
    return begin + b"".join(number(count) + text(data) + MARKER for count, data in blocks)


def bare(schema):
    """A schema without logical types: what is written by it is what is stored."""
    if isinstance(schema, dict):
        return {key: bare(value) for key, value in schema.items() if key != "logicalType"}
    return [bare(each) for each in schema] if isinstance(schema, list) else schema


def snappy(data):
    """Snappy's block, and a checksum of what is in it, the highest byte first."""
    return pa.compress(data, "snappy", asbytes=True) + zlib.crc32(data).to_bytes(4, "big")


def deflated(data):
    """Without zlib's header."""
    return zlib.compress(data, wbits=-15)


CODECS = {
    "null": bytes,
    "deflate": deflated,
    "snappy": snappy,
    "zstandard": lambda data: pa.compress(data, "zstd", asbytes=True),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize(("codec", "pack"), CODECS.items(), ids=CODECS)
def test_all_specified_codecs_are_read(tmp_path, codec, pack):
    """Each that the specification names: the rows of two blocks."""
    values = [b"x" * 500, b"", b"\xc3\xbc"]
    data = container(columns("string"), codec, (2, pack(text(values[0]) + text(values[1]))), (1, pack(text(values[2]))))
    (tmp_path / "1").write_bytes(data)
    assert read(str(tmp_path / "1")).to_pydict() == {"a": ["x" * 500, "", "ü"]}


def test_unknown_codec(tmp_path):
    """It is named, with those that are known."""
    (tmp_path / "1").write_bytes(container(columns("int"), "lz4", (1, b"\2")))
    assert "packed by lz4, which the second reader doesn't know: null, deflate, snappy" in error(str(tmp_path / "1"))


@pytest.mark.parametrize(("codec", "pack"), CODECS.items(), ids=CODECS)
def test_flipped_byte(tmp_path, codec, pack):
    """A byte that changed in the second block is found, and its records are named."""
    data = bytearray(container(columns("string"), codec, *[(2, pack(text(b"some text" * 9) * 2))] * 2))
    data[-len(MARKER) - len(pack(text(b"some text" * 9) * 2))] ^= 0xFF
    (tmp_path / "1").write_bytes(data)
    said = error(str(tmp_path / "1"))
    assert said.startswith(f"{tmp_path / '1'} can't be read as avro: ") and "(records 3 to 4)" in said


@pytest.mark.parametrize("kept", [0, 3, 40, 200, -1, -20])
def test_cut_off(tmp_path, kept):
    """A file without its end, or its beginning, is named, by both that look at it."""
    data = container(columns("string"), "null", *[(1, text(b"some text" * 9))] * 3)[:kept]
    (tmp_path / "1").write_bytes(data)
    assert error(str(tmp_path / "1")).startswith(f"{tmp_path / '1'} can't be read as avro: ")
    assert Avro().fault(str(tmp_path / "1"), {}) is not None


def test_other_content(tmp_path):
    """A block that holds more, or less, than its records."""
    (tmp_path / "1").write_bytes(container(columns("int"), "null", (1, b"\2\2")))
    assert "there is more in it than its records" in error(str(tmp_path / "1"))
    (tmp_path / "2").write_bytes(container(columns("int", "string"), "null", (1, b"\2\x08ab")))
    assert "record 1, in the block at byte" in error(str(tmp_path / "2"))


def test_no_row(tmp_path):
    """Files without a row have columns."""
    assert read(write(tmp_path / "1", columns("int"))).schema == pa.schema({"a": pa.int32()})


def test_type_used_by_its_name(tmp_path):
    """It is defined once in a schema; its name is its own, or with its namespace."""
    schema = columns(POINT, "p", "n.s.p", ["null", "e"])
    row = {name: {"x": 1, "e": "A"} for name in "abc"} | {"d": "B"}
    assert read(write(tmp_path / "1", schema, row)).to_pylist() == [row]


def test_many_blocks(tmp_path):
    """They are read one after the other."""
    with (tmp_path / "1").open("wb") as file:
        fastavro.writer(file, columns("int"), ({"a": n} for n in range(50_000)), codec="deflate", sync_interval=1000)
    batches = list(Avro().batches([str(tmp_path / "1")], {}, None))
    assert len(batches) > 2
    assert pa.Table.from_batches(batches)["a"].to_pylist() == list(range(50_000))


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (["null", "row"], None, "column a: the record n.s.row holds records of its own kind"),
        (logical("bytes", "decimal", precision=39), Decimal(1), "column a: it is a decimal of 39 digits"),
        (["null"], None, "column a: its type is a union of null alone"),
    ],
)
def test_no_type_of_spark(tmp_path, kind, value, said):
    """File, column, and why Spark can't have it."""
    path = write_value(tmp_path / "1", kind, value)
    assert error(path).startswith(f"{path}: {said}")


def test_odd_names(tmp_path):
    """Names that the specification doesn't allow are read: Java's library reads them, too."""
    schema = {"type": "record", "name": "Outer$Row", "fields": [{"name": name, "type": "int"} for name in ("a-b", "ü")]}
    (tmp_path / "1").write_bytes(container(schema, "null", (1, b"\2\4")))
    assert read(str(tmp_path / "1")).to_pylist() == [{"a-b": 1, "ü": 2}]


def test_odd_symbols(tmp_path):
    """An enum whose names are none is named as what is wrong."""
    path = tmp_path / "1"
    path.write_bytes(container(columns({"type": "enum", "name": "e", "symbols": ["a-b"]}), "null", (1, b"\0")))
    assert "its schema is not one of Avro: Every symbol must match" in error(str(path))


def test_no_columns(tmp_path):
    """Rows that are no records."""
    (tmp_path / "1").write_bytes(container("int", "null", (1, b"\2")))
    assert "its schema is no record, so that it has no columns" in error(str(tmp_path / "1"))


def test_decimal_of_more_digits_than_it_says(tmp_path):
    """Its record, column and value are named."""
    kind = {"type": "bytes", "logicalType": "decimal", "precision": 5, "scale": 0}
    value = (10**12).to_bytes(6, "big")
    (tmp_path / "1").write_bytes(container(columns(kind), "null", (1, bytes([2 * len(value)]) + value)))
    assert "record 1: column a: 1000000000000 does not fit decimal(5,0)" in error(str(tmp_path / "1"))


def test_text_that_is_no_utf_8(tmp_path):
    """Its record and bytes are named."""
    (tmp_path / "1").write_bytes(container(columns("string"), "null", (1, b"\x08caf\xe9")))
    assert "record 1 has text that is no UTF-8 (b'caf\\xe9')" in error(str(tmp_path / "1"))


@pytest.mark.parametrize("name", ["schema", '{"type"', "row"])
def test_damaged_header(tmp_path, name):
    """Words for it."""
    data = container(columns("int"), "null", (1, b"\2")).replace(name.encode(), b"\xff" * len(name))
    (tmp_path / "1").write_bytes(data)
    assert str(tmp_path / "1") in error(str(tmp_path / "1"))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ({"type": "int", "logicalType": "time-millis"}, "is a time-millis, .* read as milliseconds since midnight"),
        (["null", {"type": "long", "logicalType": "timestamp-nanos"}], "read as nanoseconds since 1970, in UTC"),
        ({"type": "fixed", "name": "f", "size": 16, "logicalType": "uuid"}, "is a uuid, .* read as 16 bytes"),
        ({"type": "string", "logicalType": "uuid"}, None),
        ({"type": "int", "logicalType": "date"}, None),
        (
            ["int", {"type": "long", "logicalType": "time-micros"}],
            "union of int and long, .* some are time-micros is lost",
        ),
        (["null", "long", {"type": "int", "logicalType": "date"}], "that some are date is lost"),
        (["null", "long", "int"], None),
        ("int", None),
    ],
)
def test_what_plain_numbers_mean(kind, said):
    """Of logical types that Spark doesn't know people are told."""
    found = meaning(kind)
    assert found is None if said is None else re.search(said, found)


def test_remarks_are_those_of_columns(tmp_path):
    """They stand beside the columns of all files, which are Spark's plain types, and agree."""
    path = str(tmp_path / "a.avro")
    fields = [{"name": "at", "type": {"type": "int", "logicalType": "time-millis"}}, {"name": "n", "type": "int"}]
    with open(path, "wb") as file:
        fastavro.writer(file, {"type": "record", "name": "r", "fields": fields}, [])
    columns = Avro().columns([path], None)
    assert columns.remarks.keys() == {"at"} and columns.agree and columns.schema.types == [pa.int32(), pa.int32()]
