"""Names in records that a schema leaves out, at any depth."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from otfbench.inputs.records import in_chunks
from otfbench.inputs.undeclared import names_without_field
from otfbench.registry import load_input

STRUCT = pa.struct([("a", pa.int32())])


@pytest.mark.parametrize(
    ("name", "content", "fields", "left_out"),
    [
        ("json", '{"v": 1, "w": 2}\n{"x": null}', [("v", pa.int32())], {"w", "x"}),
        ("json", '{"v": 1}\n{"v": 2}', [("v", pa.int32()), ("w", pa.int32())], set()),
        ("json", '{"v": {"a": 1, "b": 2}, "w": [1]}', [("v", STRUCT)], {"v.b", "w"}),
        ("json", '{"v": [{"a": 1}, {"c": 2}, null], "u": null}', [("v", pa.list_(STRUCT))], {"v.c", "u"}),
        ("json", '{"v": {"b": 2}}', [("v", pa.map_(pa.string(), pa.int32()))], set()),
        ("json", '{"v": {"b": 2}}', [("v", pa.string())], set()),
        ("json-multiline", '[{"v": [[{"a": 1, "b": 2}]]}]', [("v", pa.list_(pa.list_(STRUCT)))], {"v.b"}),
        ("xml", "<r><ROW k='1'><v><a>1</a><b>2</b></v></ROW></r>", [("v", STRUCT)], {"_k", "v.b"}),
        ("xml", "<r><ROW><v><b>2</b></v><v/></ROW><ROW><v><a>1</a></v></ROW></r>", [("v", pa.list_(STRUCT))], {"v.b"}),
    ],
)
def test_undeclared_names_are_found(
    tmp_path: Path, name: str, content: str, fields: list[tuple[str, pa.DataType]], left_out: set[str]
) -> None:
    """Of the records and of objects in them, lists included; maps and texts leave out nothing."""
    (tmp_path / "a").write_text(content)
    files = load_input(name)
    options = {key.lower(): value for key, value in files.foreign_options.items()}
    records = files.records([str(tmp_path / "a")], options)
    assert records is not None
    found = {each for chunk in in_chunks(records) for each in names_without_field(chunk, pa.schema(fields))}
    assert found == left_out
