"""How many documents a text of JSON holds, however it comes in pieces."""

import pytest

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
