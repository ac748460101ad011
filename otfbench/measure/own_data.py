"""The user's own rows, looked through once before a run: files, or a table. Starts no case, and knows no pytest."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

from otfbench.data import inspection, user_files, user_table
from otfbench.data.discovery import UserData
from otfbench.data.generated import Trips
from otfbench.data.second_reading import SecondReading
from otfbench.data.user_files import UserFiles
from otfbench.errors import UsageError
from otfbench.measure.bench import Bench
from otfbench.measure.prepared import WARM_ROWS, Rows, generated_rows
from otfbench.registry import load_format, load_input
from otfbench.spark.jvm import Jvm
from otfbench.spark.launch import no_jars, stopping
from otfbench.spark.remote_files import reached_by

_COPIES = 3
"""A case about a table needs room for a copy, for one from which that is restored, and for the rows."""


def rows(bench: Bench, formats: Collection[str]) -> Rows:
    """The user's, read once: columns, number, digests; generated ones where the run is about none of the user's.

    Raises DatasetError if they can't be read. The log is a scratch file: then nothing has run, and nothing is left.
    """
    if bench.config.user_data is None:
        return generated_rows(bench.config)
    data = replace(bench.config.user_data, read_twice=bench.config.verify in ("digest", "always"))
    return _inspect_table(bench, data) if data.table else _inspect_files(bench, data, formats)


def _inspect_files(bench: Bench, data: UserData, formats: Collection[str]) -> Rows:
    if lacking := bench.lacking(data.format):
        raise UsageError(f"{data.path} is {data.format}: profile {bench.profile.name} has no jars for {lacking}.")
    bench.say(f"reading {data.path} as {data.format}, once, to know what every table must hold ...")
    plugins, files = [load_format(name) for name in formats], load_input(data.format)
    with _jvm(bench, data) as jvm:
        scratch = bench.warehouse.scratch
        dataset, sample = inspection.inspect(jvm.spark, data, files, plugins, scratch, WARM_ROWS)
    for warning in _warnings(dataset, data.path):
        bench.say(f"warning: {warning}")
    return Rows({dataset.name: dataset}, {dataset.name: sample}, user_files.identity(dataset, data))


def _inspect_table(bench: Bench, data: UserData) -> Rows:
    """The warm-up of the session is on a table of generated rows."""
    if bench.version_of(data.format) is None:
        raise UsageError(f"{data.path}: {no_jars(bench.profile, data.format)}.")
    bench.say(f"reading the table {data.path}, once, to know what copies of it must hold ...")
    with _jvm(bench, data, guests=(data.format,)) as jvm:
        table = user_table.look_through(jvm.spark, data, load_format(data.format))
        identity = user_table.identity(table, data, table.read(jvm.spark))
        if not bench.warehouse.remote:  # behind a URI nobody knows how much is free
            check_room(data.path, table.size["bytes"], bench.warehouse.tables)
    if not isinstance(table.second, SecondReading):
        bench.say(f"warning: only Spark has read {data.path}: {table.second}")
    return Rows({table.name: table}, {table.name: Trips(WARM_ROWS, 0)}, identity)


@contextmanager
def _jvm(bench: Bench, data: UserData, guests: tuple[str, ...] = ()) -> Iterator[Jvm]:
    """A JVM that ends with the block, and reaches the user's data."""
    with stopping(bench.launcher.plain(bench.warehouse.scratch / "inspection.log", guests=guests)) as jvm:
        with reached_by(jvm.spark, data.path):
            yield jvm


def check_room(path: str, size: int, folder: str) -> None:
    """Raise UsageError if copies of a table of that size have no room in a folder."""
    free = shutil.disk_usage(folder).free
    if free < _COPIES * size:
        raise UsageError(
            f"{path} takes {size:,} bytes, and its cases need about {_COPIES} times that for copies: {free:,} bytes are"
            " free where tables go. Name another folder by --otf-warehouse."
        )


def _warnings(rows: UserFiles, path: str) -> Iterator[str]:
    """What is to be known of the user's rows before their cases run."""
    if not isinstance(rows.second, SecondReading):
        yield f"only Spark has read {path}: {rows.second}"
    if rows.bad and rows.bad.count:
        yield f"{rows.bad.count} records don't fit and are left out, for example: {' | '.join(rows.bad.examples)}"
    yield from ("".join(map(str, warning)) for warning in rows.warnings)
