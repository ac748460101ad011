"""Tables that others made, in catalogs of their own, are read by their folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog import MetastoreCatalog
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import CommitTableResponse, Table

from otfbench.errors import DatasetError
from otfbench.registry import load_format, profile
from otfbench.spark import jars
from otfbench.spark.java import find_java
from otfbench.spark.jvm import Jvm
from otfbench.testing.fixtures import started

ROWS = pa.table({"id": pa.array([1, 2, 3], pa.int64()), "p": ["x", "y", "ü"]})


class InMemory(MetastoreCatalog):
    """A catalog that keeps in memory where each table's current metadata is, as pyiceberg's others do in databases."""

    def __init__(self, folder: Path) -> None:
        super().__init__("memory", warehouse=str(folder))
        self.current: dict[Any, str] = {}

    def create_table(self, identifier: Any, schema: Any, location: str | None = None, **more: Any) -> Table:
        """A table without rows."""
        return self._put(identifier, self._create_staged_table(identifier, schema, location, **more))

    def load_table(self, identifier: Any) -> Table:
        """The table as it is now."""
        location = self.current[identifier]
        io = self._load_file_io(location=location)
        return Table(identifier, FromInputFile.table_metadata(io.new_input(location)), location, io, self)

    def commit_table(self, table: Table, requirements: Any, updates: Any) -> CommitTableResponse:
        """Write the metadata of a change."""
        name = table.name()
        after = self._put(name, self._update_and_stage_table(self.load_table(name), name, requirements, updates))
        return CommitTableResponse(metadata=after.metadata, metadata_location=after.metadata_location)

    def _put(self, identifier: Any, staged: Any) -> Table:
        self._write_metadata(staged.metadata, staged.io, staged.metadata_location)
        self.current[identifier] = staged.metadata_location
        return self.load_table(identifier)


InMemory.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]  # nothing else is called


@pytest.fixture(scope="module")
def jvm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jvm]:
    """A JVM with both formats' jars, and a Paimon catalog that is not otfbench's."""
    folder = tmp_path_factory.mktemp("jvm")
    conf = {"spark.sql.catalog.other": "org.apache.paimon.spark.SparkCatalog"}
    conf["spark.sql.catalog.other.warehouse"] = str(folder / "warehouse")
    files = jars.fetch(profile().jars_of(["iceberg", "paimon"]), find_java(), jars.cache_folder())
    with started(folder, conf, files) as jvm:
        yield jvm


def test_iceberg_of_pyiceberg(jvm: Jvm, tmp_path: Path) -> None:
    """Metadata is named 00002-(UUID): the newest one counts, in which a row is deleted."""
    folder = tmp_path / "t"
    table = InMemory(tmp_path).create_table(("n", "t"), ROWS.schema, str(folder))
    table.append(ROWS)
    table.delete("id = 2")

    iceberg = load_format("iceberg")
    assert iceberg.is_table(folder)
    assert sorted(map(tuple, iceberg.read_path(jvm.spark, str(folder)).collect())) == [(1, "x"), (3, "ü")]


def test_newest_metadata_is_not_known(tmp_path: Path) -> None:
    """Of two that were written at the same time, only the catalog knows which one counts."""
    (tmp_path / "metadata").mkdir()
    for name in ("00000-a", "00001-b", "00001-c"):
        (tmp_path / "metadata" / f"{name}.metadata.json").write_text("{}")
    with pytest.raises(DatasetError, match="00001-b.metadata.json, 00001-c.metadata.json. Remove the others"):
        load_format("iceberg").read_path(None, str(tmp_path))  # type: ignore[arg-type]  # refused before Spark


def test_paimon_of_another_warehouse(jvm: Jvm, tmp_path: Path) -> None:
    """A partitioned table is read by its folder."""
    spark = jvm.spark
    spark.sql("CREATE DATABASE other.d")
    spark.sql("CREATE TABLE other.d.t (id INT, p STRING) PARTITIONED BY (p)")
    spark.sql("INSERT INTO other.d.t VALUES (1, 'x'), (3, 'ü')")
    folder = Path(spark.conf.get("spark.sql.catalog.other.warehouse") or "") / "d.db" / "t"

    paimon = load_format("paimon")
    assert paimon.is_table(folder)
    assert sorted(map(tuple, paimon.read_path(spark, str(folder)).collect())) == [(1, "x"), (3, "ü")]
