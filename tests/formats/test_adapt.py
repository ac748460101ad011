"""What adapt() announces for columns of known types and names; pyspark's types need no JVM."""

import pytest
from pyspark.sql import types as T

from otfbench.fidelity.cells import CELLS
from otfbench.formats.sql import CHAR_TYPE
from otfbench.registry import format_names, load_format


def announced(name: str, *columns: tuple[str, T.DataType]) -> dict[str, list[str]]:
    """What each column that the format doesn't keep becomes: its type, its name, or both."""
    changes: dict[str, list[str]] = {}
    for change in load_format(name).adapt(T.StructType([T.StructField(*column) for column in columns])):
        changes.setdefault(change.column, []).append(change.after)
    return changes


@pytest.mark.parametrize(
    ("name", "kind", "stored"),
    [
        ("delta", T.DayTimeIntervalType(), "string"),
        ("iceberg", T.ArrayType(T.YearMonthIntervalType()), "array<string>"),
        ("hudi", T.MapType(T.DateType(), T.ShortType()), "map<string,int>"),
        ("iceberg", T.VarcharType(5), "string"),
        ("hudi", T.CharType(5), "string"),
        ("paimon", T.StructType(), "string"),
        ("hudi", T.StructType().add("a", T.NullType()).add("b", T.ByteType()), "struct<a:string,b:int>"),
        ("delta", T.StructType().add("a b", "integer").add("a_b", "integer"), "struct<a_b_:int,a_b:int>"),
        (
            "hudi",
            T.StructType().add("member0", "integer").add("member1", "integer"),
            "struct<_member0:int,_member1:int>",
        ),
    ],
)
def test_types_are_replaced_at_every_level(name, kind, stored):
    """A type is replaced at every level; the fields of a struct keep distinct names."""
    assert announced(name, ("c", kind)) == {"c": [stored]}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("parquet", T.DayTimeIntervalType()),
        ("delta", T.CharType(5)),
        ("paimon", T.VarcharType(5)),
        ("hudi", T.StructType().add("member0", "integer").add("a", "integer")),
        ("iceberg", T.StructType().add("_file", "integer")),
        ("hudi", T.StructType().add("gr\u00fc\u00dfe", "integer")),
    ],
)
def test_types_that_are_kept(name, kind):
    """What a format keeps isn't touched."""
    assert announced(name, ("c", kind)) == {}


@pytest.mark.parametrize(
    ("name", "column", "stored"),
    [
        ("iceberg", "_file", "__file"),
        ("paimon", "_KEY_id", "__KEY_id"),
        ("hudi", "_Hoodie_Commit_Time", "__Hoodie_Commit_Time"),
        ("hudi", "1st", "_1st"),
        ("hudi", "", "_"),
        ("delta", "a;b c", "a_b_c"),
    ],
)
def test_refused_name_becomes_another(name, column, stored):
    """A name that is refused or reserved becomes another one."""
    assert announced(name, (column, T.IntegerType())) == {column: [stored]}


def test_no_two_get_one_name():
    """Columns that stay have their names; those that are renamed get names that none has, in any case."""
    columns = [(name, T.IntegerType()) for name in ("a b", "a,b", "A_b", "c")]
    assert announced("delta", *columns) == {"a b": ["a_b_"], "a,b": ["a_b__"]}


def test_type_and_name():
    """A column may need both."""
    assert announced("hudi", ("a b", T.ShortType())) == {"a b": ["int", "a_b"]}


@pytest.mark.parametrize("name", format_names())
def test_losses_are_of_cells(name):
    """Each loss of a format is that of a cell, and says why."""
    losses = load_format(name).losses
    assert losses.keys() <= CELLS.keys() and all(losses.values())


def test_varchar_of_a_table():
    """Spark shows a varchar column of a table as string; what it was declared as is known all the same."""
    declared = T.StructField("c", T.StringType(), metadata={CHAR_TYPE: "varchar(5)"})
    changes = load_format("iceberg").adapt(T.StructType([declared, T.StructField("d", T.StringType())]))
    assert [(change.column, change.before, change.after) for change in changes] == [("c", "varchar(5)", "string")]
