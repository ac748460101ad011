"""Where Spark and a second reader don't find the same, it is said: columns, values, in how many rows."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from otfbench.data.column_hashes import evidence
from otfbench.data.reading_differences import check_same
from otfbench.errors import DatasetError
from otfbench.testing.fixtures import started

TABLE = pa.table(
    {
        "id": pa.array(range(1000), pa.int64()),
        "zip": [f"{n:05}" for n in range(1000)],
        "note": ["" if n % 4 == 0 else None if n % 7 == 0 else f"n{n}" for n in range(1000)],
    }
)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """What Spark reads."""
    folder = tmp_path_factory.mktemp("second")
    pq.write_table(TABLE, folder / "rows.parquet")
    with started(folder, {}) as jvm:
        yield jvm.spark.read.parquet(str(folder / "rows.parquet"))


def changed(column, change):
    """A wrong reader: each value of a column is changed so."""
    values = pa.array([change(value) for value in TABLE[column].to_pylist()], TABLE.schema.field(column).type)
    return TABLE.set_column(TABLE.schema.get_field_index(column), column, values)


def differences(rows, table):
    """What is said of this reading."""
    with pytest.raises(DatasetError) as caught:
        check_same(rows, evidence(table.to_batches()), lambda: iter(table.to_batches(max_chunksize=64)), "a reader 1.0")
    return str(caught.value)


def test_same_rows(rows):
    """Nothing is said where both find the same, which is more than a number of rows."""
    found = evidence(TABLE.to_batches())
    check_same(rows, found, lambda: iter(TABLE.to_batches()), "a reader 1.0")
    assert found.digest.rows == 1000
    assert found.columns["note"].nulls == sum(value is None for value in TABLE["note"].to_pylist())


def test_lost_zeros(rows):
    """Leading zeros that one of them loses: the column, both values, the number of rows."""
    told = differences(rows, changed("zip", lambda text: text.lstrip("0") or "0"))
    assert "zip: the file has '0', Spark reads '00000' (1,000 rows differ)" in told
    assert "id" not in told and "note" not in told


def test_empty_text_read_as_nothing(rows):
    """An empty text that one of them takes for null."""
    assert "note: the file has null, Spark reads '' (250 rows differ)" in differences(
        rows, changed("note", lambda text: text or None)
    )


def test_one_digit(rows):
    """One digit in one row of a thousand."""
    assert "id: the file has 7000, Spark reads 700 (1 row differs)" in differences(
        rows, changed("id", lambda number: 7000 if number == 700 else number)
    )


def test_only_column(rows):
    """A table of one column, by whose others no row can be found."""
    one, table = rows.select("id").where("id = 7"), pa.table({"id": [70]})
    assert "id: the file has 70, Spark reads 7 (1 row differ" in differences(one, table)
    two = rows.select("id").where("id in (7, 8)")
    assert "id: the file has 70, Spark reads another value" in differences(two, pa.table({"id": [70, 8]}))


@pytest.mark.parametrize("count", [999, 0])
def test_lost_rows(rows, count):
    """Rows that one of them doesn't find."""
    expected = f"Spark reads 1,000 rows where a reader 1.0 finds {count} row"
    assert expected in differences(rows, TABLE.slice(0, count))


def test_values_in_other_rows(rows):
    """A column whose values have moved by a row: each column is the same, the rows are not."""
    moved = pa.concat_arrays([TABLE["zip"].combine_chunks().slice(1), TABLE["zip"].combine_chunks().slice(0, 1)])
    assert "other rows" in differences(rows, TABLE.set_column(1, "zip", moved))
