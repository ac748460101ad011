"""Reading YAML with its lines: text as written, faults of the file, and one screen for what is no YAML."""

import pytest

from otfbench.config.yaml import read, show
from otfbench.errors import ConfigError


def given(folder, text):
    path = folder / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_text_as_written(tmp_path):
    """Numbers and truth values keep the text that the user wrote; only an empty value is None."""
    values = read(given(tmp_path, "a: 0x10\nb: yes\nc: 1:30\nd: '~'\ne: ~\nf:\ng: [1.50, {h: 2024-01-01}]\n")).values

    assert values == {
        "a": "0x10", "b": "yes", "c": "1:30", "d": "~", "e": None, "f": None, "g": ["1.50", {"h": "2024-01-01"}],
    }  # fmt: skip


def test_every_value_knows_its_line(tmp_path):
    """Every value knows the line of its key, or of itself in a list; what isn't there has that of what is around it."""
    file = read(given(tmp_path, "# first\na:\n  b:\n    c\nd:\n- x\n- y\n"))

    assert [file.line(place) for place in ((), ("a",), ("a", "b"), ("d", 1))] == [2, 2, 3, 7]
    assert file.line(("a", "no", "where")) == 2


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("a: 1\nb: 2\na: 3\n", ("a",), "is given twice: in line 1 and in line 3"),
        ("x: {a: 1, a: 1}\n", ("x", "a"), "is given twice: in line 1 and in line 1"),
        (
            "a: !env HOME\n",
            ("a",),
            "begins with a tag (!...): tags mean nothing here, leave it out, or put the value in quotes",
        ),
        ("a: &x [1, *x]\n", ("a", 1), "contains itself"),
        ("? [1]\n: x\n", (), "has a key in line 1 that is no text"),
    ],
)
def test_misleading_yaml_is_a_fault(tmp_path, text, place, told):
    """What YAML allows, and would be lost or misunderstood, is a fault with its place."""
    assert read(given(tmp_path, text)).faults == [(place, told)]


def test_anchor_may_be_used_again(tmp_path):
    """A value may be named and used again."""
    assert read(given(tmp_path, "a: &x {b: 1}\nc: *x\n")).values["c"] == {"b": "1"}


def test_comments_only(tmp_path):
    """A file of comments says nothing, and is no error: `otfbench init` writes such a one."""
    found = read(given(tmp_path, "# nothing\n"))
    assert (found.values, found.faults) == ({}, [])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("- a\n", ":1: the file must be a mapping (key: value) at the top"),
        ("\nplain\n", ":2: the file must be a mapping"),
        ("a: 1\nb: [1\n", ":3: no YAML (column 1): while parsing a flow sequence"),
        ("a: b: c\n", ":1: no YAML (column 5): mapping values are not allowed here"),
        ("a:\n\t- x\n", ":2: no YAML (column 1)"),
        ("a: 1\n---\nb: 2\n", "but found another document"),
        ("a: *x\n", "found undefined alias"),
        (b"a: \xe4\n", "is no UTF-8 text: byte 0xe4 at 3"),
        ("a: " + 5000 * "[" + "\n", ":1: values are nested deeper than 50 levels"),
    ],
)
def test_no_yaml(tmp_path, text, told):
    """A file that is no mapping is one error that names it and, where there is one, the line."""
    with pytest.raises(ConfigError) as error:
        read(given(tmp_path, text))
    assert str(error.value).startswith(str(tmp_path / "file.yaml")) and told in str(error.value)
    assert len(str(error.value).splitlines()) <= 4


def test_missing_file(tmp_path):
    """A file that isn't there is named."""
    with pytest.raises(ConfigError, match="nope.yaml can't be read: No such file or directory."):
        read(tmp_path / "nope.yaml")


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ((), "(top)"),
        (("a", "b-c"), "a.b-c"),
        (("a", "b.c", "d"), "a['b.c'].d"),
        (("a", 1), "a[1]"),
        (("", "é"), "[''].é"),
    ],
)
def test_place_is_shown_readably(place, shown):
    """A place is written as people read it; keys with dots in them are quoted."""
    assert show(place) == shown


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join(9 * [f'*{before}'])}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        (BOMB, 1, "more than 20000 values"),
        ("a: &a {b: &b {c: 1}}\nd: " + 60 * "[", 2, "nested deeper than 50 levels"),
        ("a: " + 5000 * "{b: ", 1, "nested deeper than 50 levels"),
        ("a:\n" + 30_000 * "- 1\n", 19_999, "more than 20000 values"),
        ("a: &a [1]\n" + "".join(f"a{n + 1}: &a{n + 1} [*a{n or ''}]\n" for n in range(80)), None, "nested deeper"),
    ],
    ids=["aliases that expand", "deep", "very deep", "many", "deep by aliases"],
)
def test_what_is_too_large_is_refused(tmp_path, text, line, told):
    """A small file that stands for billions of values, and one that is nested deep, is one line of an error."""
    with pytest.raises(ConfigError, match=told) as error:
        read(given(tmp_path, text))
    assert len(str(error.value).splitlines()) == 1 and (line is None or f":{line}:" in str(error.value))


def test_a_file_of_other_size_is_refused(tmp_path):
    """Nothing of a file is read that is larger than any configuration."""
    with pytest.raises(ConfigError, match="larger than 256 kB"):
        read(given(tmp_path, "# x\n" * 100_000))
