"""Tables that others made, in catalogs of their own, are read by their folders."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from otfbench.errors import DatasetError
from otfbench.formats.base import TableFormat
from otfbench.formats.model import Table
from otfbench.registry import load_format
from otfbench.registry.packages import profile
from otfbench.spark import jars
from otfbench.spark.java import find_java
from otfbench.spark.jvm import Jvm
from otfbench.testing.fixtures import started
from tests.pyiceberg_tables import InMemory

ROWS = pa.table({"id": pa.array([1, 2, 3], pa.int64()), "p": ["x", "y", "ü"]})


@pytest.fixture(scope="module")
def jvm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jvm]:
    """A JVM with both formats' jars, and a Paimon catalog that is not otfbench's."""
    folder = tmp_path_factory.mktemp("jvm")
    conf = load_format("iceberg").conf(str(folder / "lake"))
    conf["spark.sql.catalog.other"] = "org.apache.paimon.spark.SparkCatalog"
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


def test_a_copy_is_a_table_of_its_own(jvm: Jvm, tmp_path: Path) -> None:
    """A copy of such a table, adopted, has its rows and versions, and is compacted and expired alone."""
    folder = str(tmp_path / "t")
    table = InMemory(tmp_path).create_table(("n", "t"), ROWS.schema, folder)
    table.append(ROWS)
    table.delete("id = 2")
    before = content(folder)

    copy = adopted_copy(jvm, folder, "mine")
    assert sorted(row.id for row in copy.read().collect()) == [1, 3]
    oldest = copy.versions()[0]
    assert copy.read_path(jvm.spark, folder, oldest).count() == copy.read(oldest).count() == 3
    copy.compact()
    copy.expire()
    assert sorted(row.id for row in copy.read().collect()) == [1, 3]
    assert len(copy.versions()) == 1 and content(folder) == before


def test_files_elsewhere_are_refused(jvm: Jvm, tmp_path: Path) -> None:
    """Of a table with data outside of its folder no copy is made: an expiry of it would remove them."""
    folder, elsewhere = str(tmp_path / "t"), str(tmp_path / "elsewhere")
    properties = {"write.data.path": elsewhere}
    InMemory(tmp_path).create_table(("n", "t"), ROWS.schema, folder, properties=properties).append(ROWS)
    assert content(elsewhere)
    with pytest.raises(Exception, match="elsewhere"):
        adopted_copy(jvm, folder, "refused")


def adopted_copy(jvm: Jvm, folder: str, name: str) -> TableFormat:
    """A table of the session, in a copy of that folder."""
    spark = jvm.spark
    iceberg = load_format("iceberg")
    iceberg.open(spark)
    copy = iceberg.at(spark, Table(name, spark.conf.get("spark.sql.catalog.lake.warehouse") or ""))
    shutil.copytree(folder, copy.path)
    copy.adopt(folder)
    return copy


def content(folder: str) -> dict[Path, bytes]:
    """Each file, and its bytes."""
    return {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


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
