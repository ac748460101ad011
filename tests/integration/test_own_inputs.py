"""A user's own CSV, nested JSON, Avro, ORC and XML file, each into every table format by a YAML file of ten lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from otfbench.config.load import load
from otfbench.convert.write import convert
from otfbench.data.digest import digest
from otfbench.data.discovery import UserData
from otfbench.data.inspection import inspect
from otfbench.registry import load_format, load_input
from otfbench.tables.session import Session
from otfbench.testing.fixtures import assert_content, input_jars, started
from otfbench.testing.formats import FormatContract
from tests.integration.test_own_data import run

CSV = 'id;name;note;paid\n1;Müller;"sagte ""ja""\nund ging";3.50\n2;-;-;-\n3;Größe;";";-0.25\n'
JSON = """{"id": 1, "at": "2024-02-29T12:00:00.123456Z", "who": {"name": "A", "tags": ["a", null]}, "lines": [{"n": 7}]}
{"id": 2, "who": null, "lines": []}
{"id": 3, "who": {"name": "\\u00fc"}, "lines": [{"n": 1, "text": "x"}, {"n": null, "text": "y"}]}
"""
XML = """<?xml version="1.0" encoding="UTF-8"?>
<orders><!-- two -->
  <order id="1"><buyer vip="true">Müller &amp; Söhne</buyer><item>a</item><item>b</item><paid>3.50</paid></order>
  <order id="2"><buyer vip="false"><![CDATA[<b>]]></buyer><item>c</item></order>
</orders>
"""
YAML = {
    "csv": "path: own.csv\n  options: {encoding: ISO-8859-1, multiLine: true, sep: ;, nullValue: '-'}\n"
    "  schema: id bigint, name string, note string, paid decimal(10,2)\n",
    "json": "path: own.json\n"
    "  schema: >-\n    id bigint, at timestamp, who struct<name:string,tags:array<string>>,\n"
    "    lines array<struct<n:int,text:string>>\n",
    "avro": "path: own.avro\n",
    "orc": "path: own.orc\n",
    "xml": "path: own.xml\n  options: {rowTag: order}\n",
}
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "csv": [
        (1, "Müller", 'sagte "ja"\nund ging', Decimal("3.50")),
        (2, None, None, None),
        (3, "Größe", ";", Decimal("-0.25")),
    ],
    "json": [
        (1, datetime(2024, 2, 29, 12, 0, 0, 123456), ("A", ["a", None]), [(7, None)]),
        (2, None, None, []),
        (3, None, ("ü", None), [(1, "x"), (None, "y")]),
    ],
    "avro": [(1, ("Anna", ["a", None])), (2, (None, []))],
    "orc": [(1, "Anna", Decimal("3.50")), (2, None, Decimal("-0.25"))],
    "xml": [
        (1, (True, "Müller & Söhne"), ["a", "b"], 3.5),
        (2, (False, "<b>"), ["c"], None),
    ],
}  # fmt: skip


@pytest.fixture(scope="module", params=["delta", "hudi", "iceberg", "paimon"])
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One JVM for each format, with the jars of all inputs."""
    folder = tmp_path_factory.mktemp(request.param)
    table_format = load_format(request.param)
    contract = type("Contract", (FormatContract,), {"name": request.param})
    conf = table_format.conf(str(folder / "lake"))
    with started(folder, conf, [*contract.jar_files(), *input_jars()]) as jvm:
        yield Session(jvm, table_format, conf, str(folder / "lake"))


def make(session: Session, folder: Path) -> None:
    """The five files; ORC is written without Spark."""
    import pyarrow
    import pyarrow.orc

    (folder / "own.csv").write_text(CSV, encoding="latin-1")
    (folder / "own.json").write_text(JSON)
    (folder / "own.xml").write_text(XML, encoding="utf-8")
    columns = {"id": [1, 2], "name": ["Anna", None], "paid": [Decimal("3.50"), Decimal("-0.25")]}
    pyarrow.orc.write_table(pyarrow.table(columns), folder / "own.orc")
    rows = session.spark.createDataFrame(ROWS["avro"], "id bigint, who struct<name:string,tags:array<string>>")
    load_input("avro").write(rows.coalesce(1), str(folder / "avro"))
    next((folder / "avro").glob("part-*")).rename(folder / "own.avro")


@pytest.mark.parametrize("name", YAML)
def test_into_every_format(session: Session, tmp_path: Path, name: str) -> None:
    """What the file is, is found by its content; the table holds what it means, which the digest before says, too."""
    make(session, tmp_path)
    text = f"formats: [{session.format.name}]\nrounds: 2\ndatasets:\n  {YAML[name]}"
    (tmp_path / "otfbench.yaml").write_text(text)
    assert len(text.splitlines()) <= 10
    own = load({}, tmp_path / "otfbench.yaml").user_data
    assert own and own.format == name

    files, _ = inspect(session.spark, own, load_input(name), [session.format], tmp_path, 2)
    table = session.table(f"own_{name}", files)
    convert(files, table)
    assert digest(table.read()) == files.digests[table.adaptations]
    assert_content(table.read(), session.expectations.of(files, table.adaptations).rows)
    rows = sorted(table.read().select(*sorted(table.read().columns, key=order(name))).collect())
    assert [plain(row) for row in rows] == ROWS[name]
    table.format.drop()


def test_struct_of_nulls_in_a_list(session: Session, tmp_path: Path) -> None:
    """Paimon 0.9 takes a struct of nothing but nulls inside of a list for null; the digest notices. Others keep it."""
    (tmp_path / "own.json").write_text('{"lines": [{"n": 1}, {"n": null}]}\n')
    own = UserData(path="own.json", folder=tmp_path, format="json")
    files, _ = inspect(session.spark, own, load_input("json"), [session.format], tmp_path, 2)
    table = session.table("own_nulls", files)
    convert(files, table)

    assert (digest(table.read()) == files.digests[table.adaptations]) == (session.format.name != "paimon")
    table.format.drop()


def order(name: str) -> Any:
    """The columns in the order of the rows above."""
    columns = {"csv": "id name note paid", "json": "id at who lines", "avro": "id who", "orc": "id name paid"}
    return (columns.get(name, "_id buyer item paid").split()).index


def plain(value: Any) -> Any:
    """Rows as tuples, at every level."""
    if isinstance(value, tuple):
        return tuple(map(plain, value))
    return [plain(each) for each in value] if isinstance(value, list) else value


def test_whole_run(tmp_path: Path) -> None:
    """By pytest: the JVMs of the cases read XML; inference is a case; records aside are told and recorded."""
    bad = "<order id='x'><item>broken</order>"
    (tmp_path / "own.xml").write_text(XML.replace("</orders>", f"{bad}\n</orders>"), encoding="utf-8")
    (tmp_path / "otfbench.yaml").write_text(
        "spark: {driver_memory: 1g}\nformats: [parquet, delta]\nrounds: 1\nwarmup: 0\n"
        "datasets: {path: own.xml, options: {rowTag: order}, bad_records: aside, infer: spark}\n"
    )
    done = run(tmp_path, "--benchmark-autosave", "-k", "convert or source or infer")
    assert done.returncode == 0, done.stdout + done.stderr
    saved = json.loads(next(tmp_path.glob(".benchmarks/*/*.json")).read_text())["otfbench"]

    assert "reading own.xml as xml, once" in done.stdout
    assert f"warning: 1 records don't fit and are left out, for example: {bad}" in done.stdout
    assert saved["options"]["datasets"][0]["bad_records"] == {"count": 1, "examples": [bad]}
    assert (saved["options"]["datasets"][0]["format"], saved["options"]["datasets"][0]["rows"]) == ("xml", 2)
    assert saved["environment"]["inputs"] == {"xml": "0.18.0"} and "txw2-3.0.2.jar" in saved["environment"]["jars"]
    assert {(each["id"], each["verdict"]) for each in saved["outcomes"]} == {
        (name, "equal")  # another reader has found the records beside the bad one, too
        for name in ("convert[parquet-xml]", "convert[delta-xml]", "read_source[xml]", "infer_schema[xml]")
    }
