"""How many documents a text of JSON holds, however it comes in pieces."""

import pytest

from otfbench.inputs.json import JsonMultiline
from otfbench.inputs.json_documents import several_documents


@pytest.mark.parametrize(
    ("text", "several"),
    [
        ('{"a": 1}', False),
        ('[{"a": 1}, {"b": "]["}]', False),
        ("{a: '}{'}", False),
        (r'{"a": "\"}{"}', False),
        ('{"a": "x // {"} // {"b"', False),
        ("", False),
        ('{"a": 1/* { */}\n// x {\n{"a": 2}', True),
        ("{a: 1}\n{a: 2}", True),
        (r'{"a": "\\"}{"b": 1}', True),
        ('{"a": /**/ 1}[', True),
    ],
)
def test_documents_are_told_apart(text, several):
    """Brackets in texts and comments are none; a mark may be cut by the end of a piece."""
    assert several_documents([text]) == several_documents(list(text)) == several


def test_an_encoding_that_only_spark_knows(tmp_path):
    """Nobody counts the documents of such a file, and it is left to Spark, as is one with bytes of another encoding."""
    (tmp_path / "a.json").write_bytes(b'{"a": "\xff"}\n{"a": 2}\n')
    for encoding in ("x-MacRoman-Java", "utf-8"):
        options = {"multiline": "true", "encoding": encoding, "allowcomments": "true"}
        assert JsonMultiline().fault(str(tmp_path / "a.json"), options) is None
