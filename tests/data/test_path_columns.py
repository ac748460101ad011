"""Columns in the names of folders: their values keep each character, and types come from all of them; no JVM."""

import datetime
from pathlib import Path

import pytest

from otfbench.data.discovery import UserData
from otfbench.data.path_columns import escaped, fields, group_by_values, read_by_spark, root_of
from otfbench.errors import DatasetError


def types(*folders, as_text=False):
    """The types of the columns of files in these folders, and what is said of them."""
    columns, notes = fields(group_by_values([f"/data/{folder}/a.csv" for folder in folders], "/data"), as_text)
    return {field.name: str(field.type) for field in columns}, notes


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("data", "/w/data"),
        ("data/hour=*", "/w/data"),
        ("data/hour=01/a.csv", "/w/data"),
        ("data/*/hour=01", "/w/data"),
        ("*.csv", "/w"),
        ("/run=5/data", "/"),
        ("./data/../data", "/w/data"),
    ],
)
def test_columns_begin_below_what_is_named(path, root):
    """They are in what the path says from its first `name=value` or glob on, and in folders below it."""
    assert root_of(UserData(path=path, folder=Path("/w"), format="csv")) == root


def test_folders_above_a_relative_path_are_no_columns():
    """Where the user works is not what he names."""
    assert root_of(UserData(path="data", folder=Path("/x=1"), format="csv")) == "/x=1/data"


@pytest.mark.parametrize(
    ("folder", "value"),
    [
        ("p=01", "01"),
        ("p=x%2Fy%20z%25", "x/y z%"),
        ("p=%C3%BC", "ü"),
        ("p=ü", "ü"),
        ("p=%FC", "ü"),
        ("p=100%", "100%"),
        ("p=a=b", "a=b"),
        ("p=__HIVE_DEFAULT_PARTITION__", None),
    ],
)
def test_values_are_decoded(folder, value):
    """Percent-encoded bytes are UTF-8, or Hive's single characters; Hive's name for null is null."""
    ((values, _),) = group_by_values([f"/data/{folder}/a.csv"], "/data")
    assert values == {"p": value}


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2", "10"], "int64"),
        (["01", "02", "10"], "string"),
        (["1", "__HIVE_DEFAULT_PARTITION__"], "int64"),
        (["2024-01-01", "2024-12-31"], "date32[day]"),
        (["2024-01", "2024-02"], "string"),
        (["1.50", "1.25"], "string"),
        (["true", "false"], "bool"),
        (["1", "x"], "string"),
        (["+1", "2"], "string"),
        (["1D", "2D"], "string"),
        (["__HIVE_DEFAULT_PARTITION__"], "string"),
    ],
)
def test_types_keep_each_value(values, kind):
    """Numbers and days that can be got back, else text."""
    assert types(*(f"p={value}" for value in values))[0] == {"p": kind}


def test_zeros_that_would_be_lost_are_mentioned():
    """Why a column is text is said; with `none` all are text, and nothing is."""
    note = "text; as int 2 of 3 values would lose leading zeros"
    assert types("hour=01", "hour=02", "hour=10") == ({"hour": "string"}, {"hour": note})
    assert types("hour=1", as_text=True) == ({"hour": "string"}, {})


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        (["x=1", "y=1"], "a.csv is in folders x=..., .*a.csv in folders y=...: leave out those"),
        (["x=1", "z"], "in none named so"),
        (["x=1", "X=2"], "in folders x=..., .* in folders X=..."),
        (["x=1/X=2"], "two of its folders name one column"),
        (["x="], "the folder x= names a column, but no value"),
    ],
)
def test_folders_that_do_not_agree(folders, message):
    """Two files are named."""
    with pytest.raises(DatasetError, match=message):
        group_by_values([f"/data/{folder}/a.csv" for folder in folders], "/data")


@pytest.mark.parametrize("value", ["01", "a/b c", "100%", "%41", "ü", "a:b*?", "{x}[y]^", "'\"", None, "a\nb"])
def test_spark_reads_what_is_escaped(value):
    """A folder that is named for a link is read as the same value."""
    [folder] = escaped({"p": value})
    assert "/" not in folder
    assert read_by_spark(f"/data/{folder}/a.csv", "/data") == {"p": value}


def test_where_spark_reads_other_values():
    """It decodes bytes one by one, and sees one run of folders only."""
    assert read_by_spark("/data/p=%C3%BC/a.csv", "/data") == {"p": "Ã¼"}
    assert read_by_spark("/data/x=1/more/y=2/a.csv", "/data") == {"y": "2"}


def test_days_are_days():
    """What Python makes of the text of a day is what the type says."""
    assert datetime.date.fromisoformat("2024-02-29").day == 29
    assert types("d=2024-02-29")[0] == {"d": "date32[day]"}
    assert types("d=2023-02-29")[0] == {"d": "string"}
