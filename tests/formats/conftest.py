"""What the tests of formats share: the trips as CSV and Parquet files, and what these hold by a reader but Spark."""

from contextlib import ExitStack
from datetime import timezone

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest

from otfbench.data.cache import write
from otfbench.data.dataset import Source
from otfbench.formats.adaptation import adapted
from otfbench.registry import load_input
from otfbench.tables.restorable import State
from otfbench.testing.fixtures import FEW, TRIPS
from otfbench.testing.operations import live, marked

SCHEMA = pa.schema(
    {
        "trip_id": pa.int64(),
        "vendor": pa.string(),
        "pickup_at": pa.timestamp("us", "UTC"),
        "dropoff_at": pa.timestamp("us", "UTC"),
        "pickup_date": pa.date32(),
        "passengers": pa.int16(),
        "distance_miles": pa.float64(),
        "minutes": pa.float32(),
        "pickup_zone": pa.int32(),
        "dropoff_zone": pa.int32(),
        "payment": pa.string(),
        "fare": pa.decimal128(10, 2),
        "tip": pa.decimal128(10, 2),
        "driver": pa.string(),
        "note": pa.string(),
        "is_shared": pa.bool_(),
        "rain_mm": pa.float64(),
    }
)
# Nothing between two commas is null, "" is an empty text.
AS_WRITTEN = pyarrow.csv.ConvertOptions(column_types=SCHEMA, strings_can_be_null=True, quoted_strings_can_be_null=False)


@pytest.fixture(params=["csv", "parquet"])
def files(request, session, tmp_path):
    """The trips as files of an input."""
    source = Source(TRIPS, load_input(request.param), tmp_path / request.param)
    with ExitStack() as locks:
        write(session.spark, [source], locks)
        yield source


@pytest.fixture
def source_rows(files, as_rows):
    """The rows of these files, read by pyarrow."""
    paths = sorted(files.folder.glob("part-*"))
    if files.input.name == "csv":
        tables = [pyarrow.csv.read_csv(path, convert_options=AS_WRITTEN) for path in paths]
    else:
        tables = [pyarrow.parquet.read_table(path) for path in paths]
    rows = as_rows(tables)
    assert len(rows) == TRIPS.rows
    return rows


@pytest.fixture
def parquet_files(session, tmp_path):
    """The trips as Parquet files."""
    source = Source(TRIPS, load_input("parquet"), tmp_path / "trips")
    with ExitStack() as locks:
        write(session.spark, [source], locks)
        yield source


@pytest.fixture
def trips_rows(parquet_files, as_rows):
    """The rows of these, read by pyarrow."""
    rows = as_rows([pyarrow.parquet.read_table(path) for path in parquet_files.folder.glob("part-*")])
    assert len(rows) == TRIPS.rows
    return rows


@pytest.fixture
def appended_rows(trips_rows):
    """What is appended to the trips, by five commits: files for a compaction to pack."""
    return [moved(row, 2000) for row in trips_rows[:10]]


@pytest.fixture
def merged_rows(trips_rows):
    """What is merged afterwards: changes of old rows, and new ones."""
    return [marked(row) for row in trips_rows[::7]] + [moved(row, 1000) for row in trips_rows[::50]]


@pytest.fixture
def changed_rows(trips_rows, merged_rows, appended_rows):
    """The rows that are left of all: in Python, of what pyarrow read."""
    merged = {row["trip_id"]: row for row in trips_rows + merged_rows}
    return [row for key, row in sorted(merged.items()) if key % 3] + appended_rows


@pytest.fixture
def changed(session, parquet_files, merged_rows, appended_rows, tmp_path):
    """Makes a table of a variant: the trips after five small appends, a merge, and a delete of each third key."""

    def frame(rows, table):
        path = tmp_path / f"{len(rows)}.parquet"
        pyarrow.parquet.write_table(pa.Table.from_pylist(rows, SCHEMA), path)
        return adapted(session.spark.read.parquet(str(path)), table.adaptations)

    def make(variant):
        tables.enter_context(session.variant_conf(variant))
        table = session.table("changed", TRIPS, variant)
        tables.callback(table.format.drop)
        table.create(parquet_files.read(session.spark))
        appended = frame(appended_rows, table)
        for number in range(5):
            table.format.append(appended.where(f"trip_id % 5 = {number}"))
        table.format.merge(frame(merged_rows, table), ["trip_id"])
        table.format.delete("trip_id < 2000 AND trip_id % 3 = 0")
        return table

    with ExitStack() as tables:
        yield make


@pytest.fixture
def compact():
    """Compacts a table, after which its live files are others."""

    def make(table):
        before = live(table)
        table.format.compact()
        assert live(table) != before

    return make


@pytest.fixture
def as_rows():
    """Makes tables and record batches of any Arrow library into Python rows, ordered by their key, times in UTC."""
    return lambda parts: sorted(
        (_in_utc(row) for part in parts for row in pa.table(part).select(SCHEMA.names).to_pylist()),
        key=lambda row: row["trip_id"],
    )


CHANGES = {
    "append": lambda table: table.append(table.initial_rows.appended(0.1)),
    "merge": lambda table: table.merge(table.initial_rows.upserted(0.05, 0.01)),
    "update": lambda table: table.update(table.initial_rows.updated(table.initial_rows.range(0.05))),
    "delete": lambda table: table.delete(table.initial_rows.deleted(table.initial_rows.some(7))),
    "overwrite": lambda table: table.overwrite(table.initial_rows.replaced()),
    "compact": lambda table: table.compact(),
}


@pytest.fixture
def reported(session):
    """Makes a change of a table that is copied on write; gives what the format reports, and what pyarrow finds."""

    def keys(paths):
        return {
            key
            for path in paths
            for key in pyarrow.parquet.read_table(path, columns=["trip_id"])["trip_id"].to_pylist()
        }

    def make(change):
        state = State.AGED if change == "compact" else State.LOADED
        table = session.states.filled("few_cow", FEW, state, "cow")
        table.restore()
        files, before = table.files().keys(), live(table)
        CHANGES[change](table)
        new, gone = live(table) - before, before - live(table)
        counted = {"added_rows": len(keys(new) - keys(gone)), "removed_rows": len(keys(gone) - keys(new))}
        counted |= {"rewritten_rows": len(keys(new) & keys(gone)), "added_files": len(new), "removed_files": len(gone)}
        return table.format.reported(table.files().keys() - files), counted

    return make


def moved(row, distance):
    """The row with another key."""
    return row | {"trip_id": row["trip_id"] + distance}


def _in_utc(row):
    """The row with each time of day in UTC, which is what a time without a zone is in."""
    moments = {name: row[name] for name in ("pickup_at", "dropoff_at")}
    return row | {name: (at if at.tzinfo else at.replace(tzinfo=timezone.utc)) for name, at in moments.items()}
