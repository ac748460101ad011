"""Kinds of catalogs that can list a format's tables, as settings of a session. Knows no format, and reads no table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

from typing_extensions import Self

from otfbench.formats.sql import quoted

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

NAMESPACE = "otfbench"
"""The namespace of all tables, but for those in a catalog of the user's."""

TYPE = "type"
"""The key of a chosen catalog that names its kind; the other keys are its options."""


@dataclass(frozen=True)
class Catalog:
    """A kind of catalog, by the settings with which a session uses it, beside those of its format."""

    conf: Mapping[str, str] = field(default_factory=dict)
    """In a value `{warehouse}` stands for the folder of the tables, `{folder}` for one that is the session's own."""
    prefix: str = ""
    """What makes the name of an option the name of a setting; empty if it takes no options."""
    address: str = ""
    """The option that names a catalog of the user's: there a session makes a namespace of its own."""
    driver: str = ""
    """group:artifact of the jar that the user has to give where there is no address."""

    def settings(self, options: Mapping[str, str], warehouse: str, folder: str) -> dict[str, str]:
        """The settings of a session; the options win."""
        places = {"{warehouse}": warehouse, "{folder}": folder}
        given = {self.prefix + name: value for name, value in options.items()}
        return {key: _filled(value, places) for key, value in self.conf.items()} | given

    def faults(self, options: Mapping[str, str], taken: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Options that can't be given, or are missing, each with the reason; `taken`: the format's own settings."""
        ours = set(taken) - self.conf.keys()
        for name in options:
            if not self.prefix:
                yield name, "this kind of catalog takes no options"
            elif self.prefix + name in ours:
                yield name, "can't be given: the format needs its own"
        if self.address and self.address not in options and self.prefix + self.address not in self.conf:
            yield TYPE, f"needs the option {self.address}: where your catalog is"

    def lacks_driver(self, options: Mapping[str, str], jars: Iterable[str]) -> bool:
        """Whether none of these jars, coordinates or paths, is the one that it needs."""
        artifact = self.driver.partition(":")[2]
        given = (jar.split(":")[1] if jar.count(":") == 2 else PurePath(jar).name for jar in jars)
        return bool(artifact) and self.address not in options and not any(artifact in name for name in given)


HIVE = Catalog(
    {
        "spark.sql.catalogImplementation": "hive",
        "spark.hadoop.javax.jdo.option.ConnectionURL": "jdbc:derby:;databaseName={folder}/metastore;create=true",
        "spark.hadoop.hive.exec.scratchdir": "{folder}/scratch",
    }
)
"""Spark's session catalog in a Hive metastore of the session's own: Derby, which Spark brings, in its folder."""


class CatalogDeclaration:
    """What a format says of its catalog, and which kind of one is chosen."""

    catalog: ClassVar[str] = "spark_catalog"
    """The Spark catalog that holds the tables."""
    catalogs: ClassVar[Mapping[str, Catalog]] = {"session": Catalog()}
    """The kinds of catalogs that this can be, by name; the first is what conf() is about, and adds nothing to it."""

    namespace = NAMESPACE
    """The namespace of the tables."""
    _chosen: Mapping[str, str] = {}

    def with_catalog(self, chosen: Mapping[str, str]) -> Self:
        """A copy whose tables are listed by a catalog of this `type`, with the options that are the other keys."""
        other = copy(self)
        other._chosen = dict(chosen)
        if self.catalogs[chosen[TYPE]].address in chosen:
            other.namespace = f"{NAMESPACE}_{uuid4().hex[:12]}"
        return other

    @property
    def catalog_type(self) -> str:
        """The kind of catalog that lists the tables."""
        return self._chosen.get(TYPE) or next(iter(self.catalogs))

    def catalog_conf(self, warehouse: str, folder: str) -> dict[str, str]:
        """What the chosen catalog adds to conf(); `folder`: one that is the session's own, on this machine."""
        options = {name: value for name, value in self._chosen.items() if name != TYPE}
        return self.catalogs[self.catalog_type].settings(options, warehouse, folder)

    def open(self, spark: SparkSession) -> None:
        """Prepare a new session for tables of this format."""
        spark.sql(f"CREATE NAMESPACE IF NOT EXISTS {self._quoted_namespace}")

    def close(self, spark: SparkSession) -> None:
        """Take tables and namespace out of a catalog of the user's; files stay, and so does a catalog of ours."""
        if self.namespace == NAMESPACE:
            return
        listed = spark.sql(f"SHOW TABLES IN {self._quoted_namespace}").where("NOT isTemporary")  # views of the session
        for table in listed.collect():
            spark.sql(f"DROP TABLE {self._quoted_namespace}.{quoted(table['tableName'])}")
        spark.sql(f"DROP NAMESPACE {self._quoted_namespace}")

    def _location_sql(self) -> str:
        """The clause of CREATE TABLE that names the table's folder; empty where the catalog chooses the right one."""
        return ""

    @property
    def _quoted_namespace(self) -> str:
        return f"{quoted(self.catalog)}.{quoted(self.namespace)}"


def java_identifier(spark: SparkSession, namespace: str, name: str) -> Any:
    """The name of a table as Spark's catalogs take it."""
    gateway: Any = spark.sparkContext._gateway
    names = gateway.new_array(gateway.jvm.java.lang.String, 1)
    names[0] = namespace
    return gateway.jvm.org.apache.spark.sql.connector.catalog.Identifier.of(names, name)


def _filled(value: str, places: Mapping[str, str]) -> str:
    for name, place in places.items():
        value = value.replace(name, place)
    return value
