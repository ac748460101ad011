"""What launches the JVMs of a run, with the jars and settings of a format or without. Knows no case and no round."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import count
from pathlib import Path

from otfbench.config.options import Config
from otfbench.formats.base import TableFormat
from otfbench.registry import load_format
from otfbench.spark import jars
from otfbench.spark.java import Java
from otfbench.spark.jvm import Jvm
from otfbench.spark.launch import jar_files, launch_jvm
from otfbench.spark.settings import with_guests
from otfbench.tables.session import Session
from otfbench.tables.warehouse import Warehouse

_CATALOG = "(catalog)"
"""What results have in place of the folder of a catalog of ours."""


class Launcher:
    """Launches JVMs, which whoever asks for them stops."""

    def __init__(
        self,
        config: Config,
        java: Java,
        profile: jars.Profile,
        packages: Collection[str],
        warehouse: Warehouse,
        log: Path,
    ) -> None:
        """`packages`: those of the profile that every session loads."""
        self._config, self._java, self._profile, self._packages = config, java, profile, packages
        self._warehouse, self._log = warehouse, log
        self._numbers = count(1)

    def plain(self, log: Path | None = None, master: str | None = None, guests: tuple[str, ...] = ()) -> Jvm:
        """A JVM without a format: no case's JVM is warmed by what it does.

        `guests`: formats whose tables it can read by their paths.
        """
        return self._launch(guests, with_guests({}, _guest_confs(guests)), log or self._log, master)

    def new_session(self, table_format: TableFormat, guests: tuple[str, ...] = ()) -> Session:
        """A session of a format in a JVM of its own.

        `guests`: formats whose tables it can read by their paths.
        """
        location = f"{self._warehouse.tables}/{table_format.name}{'-with-guests' if guests else ''}"
        conf = with_guests(table_format.conf(location), _guest_confs(guests))
        folder = self._warehouse.scratch / f"catalog-{next(self._numbers)}"
        folder.mkdir()
        own = table_format.catalog_conf(location, str(folder))
        jvm = self._launch([table_format.name, *guests], conf | own, self._log)
        properties = self._config.properties.get(table_format.name)
        shown = self._config.conf | conf | table_format.catalog_conf(location, _CATALOG)
        try:
            return Session(jvm, table_format, shown, location, properties, guests)
        except BaseException:
            jvm.stop()  # nobody else knows of it
            raise

    def with_catalog(self, table_format: TableFormat) -> TableFormat:
        """The format with the catalog that the user has chosen for it."""
        chosen = self._config.catalogs.get(table_format.name)
        return table_format.with_catalog(chosen) if chosen else table_format

    def _launch(self, formats: Collection[str], conf: Mapping[str, str], log: Path, master: str | None = None) -> Jvm:
        """A JVM with these settings, the jars of these formats and those of every session."""
        files = jar_files(self._profile, [*formats, *self._packages], self._config.jars, self._java)
        config = self._config.model_copy(update={"master": master}) if master else self._config
        return launch_jvm(config, files, conf, self._warehouse.scratch, self._java, log)


def _guest_confs(guests: Collection[str]) -> list[Mapping[str, str]]:
    """Settings without which a session doesn't read tables of these formats by their paths."""
    return [load_format(guest).guest_conf for guest in guests]
