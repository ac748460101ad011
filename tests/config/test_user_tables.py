"""A table of one's own in the YAML file: what a run about it is asked to do, and what can't be said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from otfbench.config.load import load
from otfbench.config.shown import effective
from otfbench.errors import ConfigError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A YAML file to be, beside what looks like a table of Delta, and a folder that is none."""
    (tmp_path / "table" / "_delta_log").mkdir(parents=True)
    (tmp_path / "table" / "_delta_log" / "00000000000000000000.json").write_text("{}")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.csv").write_text("a\n1\n")
    return tmp_path / "otfbench.yaml"


def test_its_format_alone(file: Path) -> None:
    """The run is about the table's format, and about no input."""
    file.write_text("datasets: {path: table, format: delta, key: [id]}\nformats: {delta: {jars: [a:b:1]}}\n")
    config = load({}, file)
    assert config.formats == ("delta",) and config.inputs is None and config.datasets == ()
    assert config.user_data is not None and config.user_data.table and config.user_data.key == ("id",)
    assert config.jars == {"delta": ("a:b:1",)}
    assert effective(config)["datasets"] == {"path": str(file.parent / "table"), "format": "delta", "key": ["id"]}
    assert load({"formats": "delta"}, file) == config


@pytest.mark.parametrize(
    ("yaml", "told"),
    [
        (
            "datasets: {path: files, format: delta}",
            "1: datasets.path files: .*files is no table of delta: nothing match",
        ),
        ("datasets: {path: table, format: iceberg}", "datasets.path table: .*table is a table of delta: give that as"),
        ("datasets: {path: gone, format: delta}", "datasets.path gone: a table is a folder, and there is none: .*gone"),
        (
            "datasets: {path: table}",
            "datasets.path table: .*table is a table of delta: its rows are not those of its f",
        ),
        ("datasets: {path: table, format: csv}", "table is a table of delta: its rows are not those of its files"),
        ("datasets: {path: table, format: dleta}", "datasets.format dleta: no input of that name"),
        (
            "datasets: {path: table, format: delta, schema: a int}",
            "datasets.schema a int: can't be given: a table tells",
        ),
        ("datasets: {path: table, format: delta, bad_records: aside}", "datasets.bad_records aside: can't be given"),
        ("formats: [delta, iceberg]\ndatasets: {path: table, format: delta}", r"1: formats: must be \[delta\], or lef"),
        ("inputs: [csv]\ndatasets: {path: table, format: delta}", "1: inputs: must be left out: no case"),
        (
            "formats: {delta: {properties: {a: b}, variants: [cow]}}\ndatasets: {path: table, format: delta}",
            "1: formats.delta.properties: can't be given: .*\n.*1: formats.delta.variants: can't be given: the copy",
        ),
    ],
)
def test_what_cannot_be(file: Path, yaml: str, told: str) -> None:
    """Each is told with its line."""
    file.write_text(yaml + "\n")
    with pytest.raises(ConfigError, match=told):
        load({}, file)


@pytest.mark.parametrize(("name", "value"), [("formats", "iceberg"), ("inputs", "csv"), ("rows", 5)])
def test_options_that_mean_nothing(file: Path, name: str, value: object) -> None:
    """An option that would measure something else is refused."""
    file.write_text("datasets: {path: table, format: delta}\n")
    with pytest.raises(ConfigError, match=f"--otf-{name} {value}: the rows are .*: leave the option out"):
        load({name: value}, file)
