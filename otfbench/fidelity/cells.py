"""The rows of the fidelity matrix: every type, edge value, name and partition value. Knows no format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from otfbench.formats.sql import sql_text

_EARLY, _LATE = ("0001-01-01", "1500-02-28", "1582-10-04"), ("9999-12-31",)
_BETWEEN = ("1582-10-15", "1752-09-14", "1899-12-31")
_SCRIPTS = "Gr\u00fc\u00dfe \u4e16\u754c"


@dataclass(frozen=True)
class Cell:
    """A column of a new table, or a kind of table, whose fate is looked for."""

    name: str
    type: str
    """As in CREATE TABLE."""
    values: tuple[str, ...]
    """SQL expressions, one per row, cast to the type."""
    columns: tuple[str, ...] = ()
    """The names of the columns, where it is about these; all have this type and these values."""
    alone: bool = False
    """A table of its own, of exactly these rows; else a column beside others, with one more row of nulls."""
    numbered: bool = True
    """Whether the table has a column of row numbers too."""
    partition: bool = False
    """The columns are those that the table is partitioned by."""
    declared: bool = False
    """The table is declared first, and then filled: CREATE TABLE AS SELECT has no such columns."""
    read_as: tuple[str, ...] = ()
    """The values that are kept, where they are not those that are written."""
    fits: bool = True
    """Whether the values fit the declared type; if not, to refuse them is to keep the type."""


def _text(*values: str) -> tuple[str, ...]:
    return tuple(map(sql_text, values))


def _integers() -> Iterator[Cell]:
    for name, bits in (("tinyint", 8), ("smallint", 16), ("int", 32), ("bigint", 64)):
        yield Cell(name, name, _text(str(-(2 ** (bits - 1))), "0", str(2 ** (bits - 1) - 1)))


def _fractions() -> Iterator[Cell]:
    for name, least, largest in (
        ("float", "1.4E-45", "3.4028235E38"),
        ("double", "4.9E-324", "1.7976931348623157E308"),
    ):
        yield Cell(name, name, _text("0.1", least, largest))
        yield Cell(f"{name}, NaN", name, _text("NaN", "0.5"))
        yield Cell(f"{name}, -0.0", name, _text("-0.0", "0.0"))
        yield Cell(f"{name}, infinities", name, _text("Infinity", "-Infinity"))
    for digits, scale in ((1, 0), (9, 2), (18, 6), (19, 0), (38, 0), (38, 18), (38, 38)):
        largest = ("9" * (digits - scale) or "0") + ("." + "9" * scale if scale else "")
        least = "0." + "0" * (scale - 1) + "1" if scale else "1"
        kind = f"decimal({digits},{scale})"
        yield Cell(kind, kind, _text(largest, f"-{largest}", least))


def _texts() -> Iterator[Cell]:
    yield Cell("boolean", "boolean", ("true", "false"))
    yield Cell("string", "string", _text("a", " 'a' \"b\",\\", "null", " "))
    yield Cell("string, empty", "string", _text("", "a"))
    yield Cell("string, any script", "string", _text(_SCRIPTS, "e\u0301", "\U0001f600", "\ufeffa"))
    yield Cell("string, control characters", "string", ("'\\n'", "'\\r\\n'", "'\\t'", "char(0)", "'\\u007f\\u0085'"))
    yield Cell("string, 100,000 characters", "string", ("repeat('\u00e4', 100000)",))
    yield Cell("binary", "binary", ("X'6162'", "X'FFFE80'"))
    yield Cell("binary, empty", "binary", ("X''", "X'61'"))
    yield Cell("binary, zero bytes", "binary", ("X'00'", "X'006100'"))


def _days() -> Iterator[Cell]:
    for kind, times in (
        ("date", [""]),
        ("timestamp", [" 00:00:00", " 23:59:59.999999"]),
        ("timestamp_ntz", [" 00:00:00", " 23:59:59.999999"]),
    ):
        for name, days in (
            (kind, ("1900-01-01", "1969-12-31", "1970-01-01", "2024-02-29")),
            (f"{kind} from 1582 to 1899", _BETWEEN),
            (f"{kind} before 1582", _EARLY),
            (f"{kind} before the year 1", ("-0001-03-01",)),
            (f"{kind} at the end of 9999", _LATE),
            (f"{kind} after 9999", ("+10000-01-01", "+99999-12-31")),
        ):
            yield Cell(name, kind, _text(*(day + time for day in days for time in times)))


def _intervals_and_void() -> Iterator[Cell]:
    for kind, value in (
        ("interval year to month", "INTERVAL '-1-2' YEAR TO MONTH"),
        ("interval month", "INTERVAL '14' MONTH"),
        ("interval day to second", "INTERVAL '-1 02:03:04.000005' DAY TO SECOND"),
        ("interval hour", "INTERVAL '5' HOUR"),
    ):
        yield Cell(kind, kind, (value,))
    yield Cell("array of intervals", "array<interval day>", ("array(INTERVAL '1' DAY, null)",))
    yield Cell("void", "void", ("null",))
    yield Cell("array of void", "array<void>", ("array(null)", "array()"))
    yield Cell("map of void", "map<string,void>", ("map('a', null)",))
    yield Cell("struct of void", "struct<a:int,b:void>", ("named_struct('a', 1, 'b', null)",))


def _nested() -> Iterator[Cell]:
    yield Cell("array", "array<int>", ("array(1, 2)", "array(3)"))
    yield Cell("array, empty", "array<int>", ("array()", "array(1)"))
    yield Cell("array of null", "array<int>", ("array(null)", "array(1, null, null)"))
    yield Cell("array of short integers", "array<smallint>", ("array(-32768, null)",))
    yield Cell(
        "struct", "struct<a:int,b:string>", ("named_struct('a', 1, 'b', '')", "named_struct('a', null, 'b', 'x')")
    )
    yield Cell("struct of nulls", "struct<a:int,b:string>", ("named_struct('a', null, 'b', null)",))
    yield Cell("struct of a short integer", "struct<a:tinyint>", ("named_struct('a', -128)",))
    yield Cell(
        "struct of fields named memberN", "struct<member0:int,member1:string>", ("struct(1, null)", "struct(null, 'x')")
    )
    yield Cell("struct without fields", "struct<>", ("named_struct()",))
    yield Cell("struct, odd field names", "struct<`a b.c`:int,`\u00e4;`:int>", ("struct(1, 2)",))
    yield Cell(
        "struct, reserved field names", "struct<_file:int,_KEY_a:int,_hoodie_commit_time:int>", ("struct(1, 2, 3)",)
    )
    yield Cell("struct, a field without a name", "struct<``:int>", ("struct(1)",))
    yield Cell("struct, also a field named memberN", "struct<member0:int,a:int>", ("struct(1, null)",))
    yield Cell("array of null structs", "array<struct<a:int>>", ("array(null, named_struct('a', 1))",))
    yield Cell("array of structs of nulls", "array<struct<a:int>>", ("array(named_struct('a', null))",))
    yield from _maps()
    deep = "array(named_struct('a', map('k', array(1, null)), 'b', null), null)"
    yield Cell("array of structs of maps of arrays", "array<struct<a:map<string,array<int>>,b:int>>", (deep, "array()"))
    deep = "named_struct('a', array(map('k', named_struct('b', 1)), map(), null))"
    yield Cell("struct of arrays of maps of structs", "struct<a:array<map<string,struct<b:int>>>>", (deep,))


def _maps() -> Iterator[Cell]:
    yield Cell("map, string keys", "map<string,int>", ("map('a', 1, '', 2)",))
    yield Cell("map, empty", "map<string,int>", ("map()", "map('a', 1)"))
    yield Cell("map of null", "map<string,int>", ("map('a', null)",))
    yield Cell("map, int keys", "map<int,string>", ("map(-1, 'a', 2, null)",))
    yield Cell("map, date keys", "map<date,int>", ("map(DATE '2024-02-29', 1)",))
    yield Cell("map, struct keys", "map<struct<a:int,b:string>,int>", ("map(named_struct('a', 1, 'b', 'x'), 1)",))
    yield Cell("map of short integers", "map<string,smallint>", ("map('a', 32767)",))


def _declared() -> Iterator[Cell]:
    text = _text("ab", "abcde")
    yield Cell("char(5)", "char(5)", text, alone=True, declared=True, read_as=_text("ab   ", "abcde"))
    yield Cell("varchar(5)", "varchar(5)", text, alone=True, declared=True)
    for kind in ("char(5)", "varchar(5)"):
        yield Cell(f"{kind} column of a query", kind, _text("abcde"), alone=True)
        yield Cell(f"{kind}, six characters", kind, _text("abcdef"), alone=True, declared=True, fits=False)
    yield Cell("not null", "int not null", ("1", "2"), alone=True, declared=True)
    yield Cell("not null, given null", "int not null", ("1", "null"), alone=True, declared=True, fits=False)


def _tables() -> Iterator[Cell]:
    member = ("named_struct('a', 1)", "null")
    yield Cell("only nulls", "int", ("null", "null"))
    yield Cell("no rows", "int", (), alone=True)
    yield Cell("one column", "int", ("1", "2"), alone=True, numbered=False)
    yield Cell("also a column named memberN", "struct<a:int>", member, ("member0",), alone=True)
    yield Cell("all columns named memberN", "struct<a:int>", member, ("member0", "member1"), alone=True, numbered=False)
    yield Cell("names differing in case only", "int", ("1",), ("a", "A"), alone=True)


_ODD_NAMES = (
    *"a b| a |a.b|a,b|a;b|a{b}|a(b)|a=b|a\tb|a\nb|a`b|a'b|a\"b|a/b|a\\b|a-b|a%20b|a#b|a$b|a:b|a*b".split("|"),
    *"\u00e4|e\u0301|\u4e16|\U0001f600|Upper|1a|_a|select|".split("|"),
    "n" * 200,
)
_RESERVED_NAMES = (
    *"_file _pos _partition _spec_id _deleted _row_id _last_updated_sequence_number _commit_snapshot_id".split(),
    *"_metadata _change_type _commit_version _hoodie_commit_time _hoodie_record_key _hoodie_operation".split(),
    *"_KEY_a _SEQUENCE_NUMBER _VALUE_KIND _VALUE_COUNT _LEVEL rowkind".split(),
)


def _names() -> Iterator[Cell]:
    for name in (*_ODD_NAMES, *_RESERVED_NAMES):
        yield Cell(
            f"name {name!r}" if len(name) < 100 else f"name of {len(name)} letters", "string", _text("x"), (name,)
        )
    for name in (
        "_FILE",
        "_HOODIE_COMMIT_TIME",
        "_key_a",
    ):  # these would be others of the names, if they shared a table
        yield Cell(f"name {name!r}", "string", _text("x"), (name,), alone=True)
    yield Cell("name '_hoodie_is_deleted'", "boolean", ("true", "false"), ("_hoodie_is_deleted",), alone=True)


_PLACES = {
    "empty string": "",
    "'__HIVE_DEFAULT_PARTITION__'": "__HIVE_DEFAULT_PARTITION__",
    "'null'": "null",
    "'a/b=c %'": "a/b=c %",
    "'x%20y'": "x%20y",
    "'x+y'": "x+y",
    "'a:b?c#d'": "a:b?c#d",
    "quotes and backslash": "'\"\\",
    "line break": "a\nb",
    "any script": _SCRIPTS + "\U0001f600e\u0301",
    "leading and trailing blank": " a ",
    "one blank": " ",
    "'..'": "..",
    "'Case'": "Case",
    "200 characters": "x" * 200,
    "300 characters": "x" * 300,
}


def _partitions() -> Iterator[Cell]:
    def cell(name: str, kind: str, values: tuple[str, ...]) -> Cell:
        return Cell(f"partition value: {name}", kind, values, ("p",), alone=True, partition=True)

    for name, folder_name in _PLACES.items():
        yield cell(name, "string", _text(folder_name, "z"))
    yield cell("null", "string", ("null", "'z'"))
    for kind, values in (
        ("tinyint", _text("-128", "127")),
        ("bigint", _text("-9223372036854775808")),
        ("float", _text("0.1")),
        ("double, NaN", _text("NaN", "0.1")),
        ("double, -0.0", _text("-0.0")),
        ("decimal(38,18)", _text("-0.000000000000000001")),
        ("boolean", ("true", "false")),
        ("date", _text("2024-02-29", "1969-12-31")),
        ("date before 1582", _text("1500-01-01")),
        ("timestamp", _text("2024-02-29 23:59:59.000001", "1969-12-31 00:00:00")),
        ("timestamp_ntz", _text("2024-02-29 23:59:59.000001", "1969-12-31 00:00:00")),
        ("binary", ("X'00FF'", "X'61'")),
    ):
        yield cell(kind, kind.split(",")[0].split(" ")[0] if "decimal" not in kind else kind, values)
    yield Cell("all columns are partition columns", "int", ("1",), ("p",), alone=True, numbered=False, partition=True)


GROUPS: dict[str, tuple[Cell, ...]] = {
    "Numbers": (*_integers(), *_fractions()),
    "Texts": tuple(_texts()),
    "Days and times": tuple(_days()),
    "Intervals and void": tuple(_intervals_and_void()),
    "Nested": tuple(_nested()),
    "Declared columns": tuple(_declared()),
    "Column names": tuple(_names()),
    "Partition values": tuple(_partitions()),
    "Tables": tuple(_tables()),
}
CELLS = {cell.name: cell for cells in GROUPS.values() for cell in cells}
