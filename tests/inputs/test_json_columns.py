"""Plain lines of JSON as columns: what Python's json reads in each line, or nothing; no JVM."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otfbench.inputs.json_columns import columns
from otfbench.inputs.records import Number

letters = st.text(st.characters(exclude_categories=["C"], exclude_characters='"\\'), max_size=6)
values = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | letters
blanks = st.sampled_from(["", " ", "\t", "  "])


def by_json(text: str) -> list[dict]:
    """Numbers as they are written, null for a key that a line hasn't; an error for what is no object, or no JSON."""

    def one(pairs):
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    read = [
        json.loads(line, parse_int=Number, parse_float=Number, parse_constant=Number, object_pairs_hook=one)
        for line in text.removesuffix("\n").split("\n")
    ]
    assert all(type(each) is dict for each in read)
    keys = dict.fromkeys(key for each in read for key in each)
    return [{key: each.get(key) for key in keys} for each in read]


def by_columns(text: str) -> list[dict] | None:
    """The rows of the columns, if the text has them; each with the kind of its values."""
    found = columns(text)
    if found is None:
        return None
    made = {str: str, Number: Number, bool: lambda text: text == "true"}
    lists = [
        [None if text is None else made[leaves.kind](text) for text in leaves.texts.to_pylist()]
        for leaves in found.values()
    ]
    return [dict(zip(found, row, strict=True)) for row in zip(*lists, strict=True)]


def same(one, other) -> bool:
    return one == other and all(list(map(type, a.values())) == list(map(type, b.values())) for a, b in zip(one, other))


@st.composite
def lines(draw):
    """Lines of objects with some of the same keys in any order, each of one kind or null, with blanks."""
    keys = draw(st.lists(letters, min_size=1, max_size=4, unique=True))
    kinds = [draw(st.sampled_from([st.booleans(), st.integers() | st.floats(-1e9, 1e9), letters])) for _ in keys]
    text = ""
    for _ in range(draw(st.integers(1, 5))):
        space = draw(blanks)
        there = draw(st.lists(st.sampled_from(range(len(keys))), min_size=1, unique=True))
        names = [json.dumps(keys[each], ensure_ascii=False) for each in there]
        inner = [json.dumps(draw(st.none() | kinds[each]), ensure_ascii=False) for each in there]
        pairs = (f"{space}{name}{space}:{space}{value}{space}" for name, value in zip(names, inner, strict=True))
        text += "{" + ",".join(pairs) + "}\n"
    return text


@settings(max_examples=500, deadline=None)
@given(lines())
def test_plain_lines(text):
    """Each value is what Python's json finds there, with its kind."""
    found = by_columns(text)
    assert found is not None and same(found, by_json(text))


@settings(max_examples=500, deadline=None)
@given(lines(), st.data())
def test_damaged_lines(text, data):
    """With letters changed, left out or put in, what is read is still what Python's json reads, or nothing is."""
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text) - 1))
        new = data.draw(
            st.sampled_from(['"', "{", "}", "[", "]", ":", ",", "\n", " ", "-", "1", "e", ".", "n", "\\", ""])
        )
        text = text[:at] + new + text[at + data.draw(st.integers(0, 1)) :]
    text = text.rstrip("\n") + "\n"
    found = by_columns(text)
    assert found is None or same(found, by_json(text))


@pytest.mark.parametrize(
    "line",
    [
        '{"a": "x\\n"}',
        '{"a": {}}',
        '{"a": [1]}',
        "{}",
        "",
        '[{"a": 1}]',
        '{"a": 1} 2',
        '{"a": 1}{"a": 2}',
        '{"a": 01}',
        '{"a": 1 2}',
        '{"a": NaN}',
        '{"a": nul}',
        '{"a": "x" "y"}',
        '{"a": x"y"}',
        '{"a" "b": 1}',
        '{"a": 1, "a": 2}',
        '{"a": 1,}',
        "{'a': 1}",
        '{"a": "x\ty"}',
        '{"a": 1} // "b"',
        '{"a": ""x""}',
    ],
)
def test_lines_that_are_not_plain(line):
    """What has more than keys with plain values is left to a reader that knows all of JSON."""
    assert columns(f"{line}\n") is None


@pytest.mark.parametrize(("one", "other"), [('{"a": 1}', '{"a": "1"}'), ('{"a": 1}', ""), ('{"a": 1}', "{}")])
def test_lines_of_several_forms(one, other):
    """Other kinds, blank lines and objects without a key are no columns."""
    assert columns(f"{one}\n{other}\n") is None
