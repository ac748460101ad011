"""The reference page and the example are what the models say, and what they show can be used."""

import re
from pathlib import Path

import pytest

from otfbench.config import docs as configdocs
from otfbench.config.load import load
from otfbench.config.options import parse_config

DOCS = Path(__file__).parents[2] / "docs"


def test_page_is_up_to_date():
    """The committed page has the tables that the models generate (python -m otfbench.config.docs docs)."""
    text = (DOCS / configdocs.PAGE).read_text()
    assert configdocs.page(text) == text and text.count("\n### ") == 9


def test_example_is_up_to_date():
    """The committed example is what the models generate."""
    assert (DOCS / configdocs.EXAMPLE).read_text() == configdocs.example()


def test_example_changes_nothing(tmp_path):
    """The example says nothing in any suite; its keys, spelled out, say what is so without them."""
    for suite in ("quick", "default"):
        assert load({"suite": suite}, DOCS / configdocs.EXAMPLE) == parse_config({"suite": suite})
    (tmp_path / "otfbench.yaml").write_text(configdocs.spelled_out())
    assert load({}, tmp_path / "otfbench.yaml") == parse_config({})


def test_comments_of_the_example_are_keys(tmp_path):
    """Each key that is a comment can be used as it stands there; own files instead of the generated rows."""
    text = re.sub(r"(?m)^datasets:\n(  .*\n)+", "", configdocs.spelled_out())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("a\n1\n")
    path = tmp_path / "otfbench.yaml"
    path.write_text(re.sub(r"(?m)^( *)#(?! \S)", r"\1", text).replace("- parquet\n", ""))

    config = load({}, path)
    assert config.conf and config.properties and config.warehouse and config.inputs
    assert config.user_data and config.user_data.options == {"encoding": "ISO-8859-1", "multiLine": "true"}


def test_own_data_of_the_page(tmp_path):
    """The ten lines for own data on the page are a valid file."""
    sample = (DOCS / configdocs.PAGE).read_text().split("## Your own data\n\n```yaml\n")[1].split("```")[0]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("a\n1\n")
    (tmp_path / "otfbench.yaml").write_text(sample)

    assert sample.count("\n") == 9 and load({}, tmp_path / "otfbench.yaml").user_data


def test_write_keeps_the_handwritten_part(tmp_path):
    """Both files are written into the folder, the page around what is written by hand."""
    (tmp_path / configdocs.PAGE).write_text("by hand\n<!-- keys -->\n\nstale\n<!-- end of keys -->\nmore\n")
    configdocs.write(tmp_path)

    text = (tmp_path / configdocs.PAGE).read_text()
    assert text.startswith("by hand\n") and text.endswith("\nmore\n")
    assert "stale" not in text and "`driver_memory`" in text
    assert (tmp_path / configdocs.EXAMPLE).read_text() == configdocs.example()


@pytest.mark.parametrize("key", ["master", "conf", "properties", "path", "schema", "warehouse"])
def test_every_section_is_on_the_page(key):
    """Keys of each section have a line in a table."""
    assert f"\n| `{key}` | " in (DOCS / configdocs.PAGE).read_text()
