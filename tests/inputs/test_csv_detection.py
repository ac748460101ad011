"""What Spark is told of CSV files: encodings, line ends, headers; only what it doesn't find itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from otfbench.errors import DatasetError
from otfbench.inputs.csv import Csv

BASE = {name.lower(): value for name, value in Csv.foreign_options.items()}
CHECKED = {"enforceSchema": "true"}
Write = Callable[..., str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file of this content; its path."""

    def written(content: str | bytes, name: str = "a.csv") -> str:
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(tmp_path / name)

    return written


def found(*paths: str, names: list[str] | None = None, **options: str) -> dict[str, str]:
    """The options that the files need."""
    return dict(Csv().detected_options(paths, {**BASE, **options}, names))


@pytest.mark.parametrize(("content", "expected"), [
    ("a,b\n1,x\n", {}),
    ('a,b\n1,"x\r\ny"\n', {}),
    ('a,b\r\n1,"x\ny"\r\n', {"lineSep": "\r\n"}),
    ('a,b\r1,"x\r\ny"\r', {"lineSep": "\r"}),
    ('a,b\n1,"x\ry"\r\n2,z\n', {"lineSep": "\n"}),
    ('a,b\r\n"1""\n",2\r\n', {"lineSep": "\r\n"}),
    ("a,b\r\n" + '"x\ny",1\r\n' * 200_000, {"lineSep": "\r\n"}),
    ("", {}),
])  # fmt: skip
def test_line_ends(write: Write, content: str, expected: dict[str, str]) -> None:
    """Those outside of quotes, where files are read as a whole; elsewhere Spark takes each kind."""
    path = write(content)
    assert found(path, multiline="true") == {**(CHECKED if content else {}), **expected}
    if "\n" not in content.replace("\r\n", "") and '"' not in content:
        assert found(path) == (CHECKED if content else {})


def test_line_ends_with_quotes_escaped_by_backslash(write: Write) -> None:
    r"""A quote after a backslash doesn't end the value."""
    path = write('a,b\n1,"x\\"\r\n"\n2,y\n')
    assert found(path, multiline="true", escape="\\") == CHECKED


def test_another_quote_is_doubled(write: Write) -> None:
    """Inside quotes of another character that is doubled, as RFC 4180 has it of its own."""
    assert found(write("id,t\n1,'it''s'\n"), quote="'")["escape"] == "'"
    assert "escape" not in found(write("id,t\n1,x\n"), quote="'", escape="\\")
    assert "escape" not in found(write("id,t\n1,x\n"), quote="") | found(write("id,t\n1,x\n"))


def test_line_ends_of_several_files(write: Write) -> None:
    r"""`\n` and `\r\n` can be read together, `\r` alone can't be read with them, nor can bad records be told."""
    feeds, pairs, returns = write("a\n1\n", "1.csv"), write("a\r\n1\r\n", "2.csv"), write("a\r1\r", "3.csv")
    assert found(feeds, pairs, multiline="true") == {**CHECKED, "lineSep": "\n"}
    with pytest.raises(DatasetError, match="make them the same"):
        found(feeds, returns, multiline="true")
    with pytest.raises(DatasetError, match="make them the same"):
        found(feeds, pairs, multiline="true", mode="PERMISSIVE")
    assert found(feeds, pairs, returns) == CHECKED


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wide_encodings(write: Write, encoding: str) -> None:
    """Told by their mark; their line ends are found only in whole files."""
    path = write("a,b\n1,Łódź\n".encode(encoding))
    assert found(path) == {"encoding": encoding.upper(), "multiLine": "true", **CHECKED}
    assert found(path, encoding=encoding) == {"multiLine": "true", **CHECKED}


def test_narrow_encodings(write: Write) -> None:
    """UTF-8 needs no word, and other ones the user's."""
    assert found(write("a,b\n1,Zoë\n".encode("utf-8-sig"))) == CHECKED
    assert found(write("a,b\n1,Zoë\n".encode("latin-1")), encoding="latin1") == CHECKED


@pytest.mark.parametrize("end", ["le", "be"])
def test_wide_encoding_without_a_mark(write: Write, end: str) -> None:
    """Guessed, and not taken for granted."""
    with pytest.raises(DatasetError, match=f"without a mark: give datasets.options encoding: UTF-16{end.upper()}"):
        found(write("a,b\n1,x\n".encode(f"utf-16-{end}")))


def test_headers_are_checked_once(write: Write) -> None:
    """Spark needs not check them if we have; a declared schema that they don't follow is Spark's to refuse."""
    path = write(",b\n1,2\n")
    assert found(path) == found(path, names=["_c0", "b"]) == found(path, names=["_c0", "b", "day"]) == CHECKED
    assert found(path, names=["b", "_c0"]) == found(path, header="false") == {}
    assert found(path, enforceschema="true") == {}


def test_unknown_options_are_left_to_spark(write: Write) -> None:
    """Nothing is found where the files can't be looked into."""
    assert found(write("a,b\r\n1,x\r\n"), multiline="true", dateformat="d.M.y") == {}
    assert found(write("a,b\r\n1,x\r\n"), multiline="true", mode="PERMISSIVE") == {**CHECKED, "lineSep": "\r\n"}


@pytest.mark.parametrize("given", [{}, {"encoding": "utf-16"}])
def test_low_bytes_first_without_a_mark(write: Write, given: dict[str, str]) -> None:
    """Java takes UTF-16 without a mark for the other order, in which the text makes no sense, or another one."""
    with pytest.raises(DatasetError, match="looks like UTF-16, without a mark: give .*encoding: UTF-16LE"):
        Csv().detected_options([write("id,x\n1,a\n".encode("utf-16-le"))], {**BASE, **given}, None)
