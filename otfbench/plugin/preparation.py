"""What happens between the collection and the first case: checks, jars, sources, the plan of the run. Has no hook."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack, nullcontext
from dataclasses import asdict
from datetime import datetime, timezone
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Any

import pytest

from otfbench import redaction
from otfbench.config.shown import recorded
from otfbench.errors import UsageError
from otfbench.measure import environment, own_data, prepared
from otfbench.measure.bench import Bench
from otfbench.measure.pool import JvmPool
from otfbench.plugin import cases, pytest_benchmark
from otfbench.plugin.order import Order
from otfbench.plugin.state import PLUGIN, Shared
from otfbench.registry import broken_plugins
from otfbench.registry.packages import profile
from otfbench.runs.journal import JOURNAL, Journal, no_room
from otfbench.runs.outcome import Outcome, Run, Status
from otfbench.spark import interrupts, machine
from otfbench.spark.cluster import Executors
from otfbench.spark.installation import defaults, defaults_file
from otfbench.spark.jars import sha256
from otfbench.spark.jvm import kill
from otfbench.spark.replaced_jars import replaced_jars
from otfbench.spark.submitted import PER_FORMAT, is_submitted


def prepare(session: pytest.Session, chosen: list[pytest.Item]) -> None:
    """Check and prepare all that the selected cases need, and plan them; raises an OtfbenchError if it can't."""
    config = session.config
    plugin = config.stash[PLUGIN]
    load = machine.load_per_core()
    journal = Journal(pytest_benchmark.folder(config) / JOURNAL)
    if plugin.config.resume:
        journal.require()  # before jars are fetched for a run that can't be
    # At once, so that nothing waits for the JVM; but it alone can remove tables below a URI.
    interrupts.listen(None if plugin.config.remote else kill)
    with ExitStack() as undo:
        undo.callback(journal.close)
        journal.claim()
        _check_room(pytest_benchmark.folder(config))
        log = _new_log(pytest_benchmark.folder(config))
        with interrupts.held():  # its folders are there before anybody knows of them
            bench = Bench(plugin.config, cases.parameters(chosen, cases.INPUT), log, partial(_say, config))
            undo.callback(bench.close)
        plugin.shared = _shared(session, chosen, bench, journal, log, load)
        undo.pop_all()


def _shared(
    session: pytest.Session, chosen: list[pytest.Item], bench: Bench, journal: Journal, log: Path, load: float | None
) -> Shared:
    """All that cases share; the journal has begun."""
    plugin = session.config.stash[PLUGIN]
    user_jars = _fetch(bench, chosen, plugin.order)
    executors = prepared.look_at_cluster(bench)
    rows = own_data.rows(bench, cases.parameters(chosen, cases.FORMAT))
    log.parent.mkdir(parents=True, exist_ok=True)
    jvms = JvmPool(bench, prepared.ruler(bench, executors), plugin.order.at_once)
    fingerprint = _fingerprint(session, bench, chosen, user_jars, executors)
    run = Run(fingerprint, recorded(bench.config, rows.identity), rulers=jvms.rulers, load_per_core=load)
    run.jvms, run.order_seed, run.idle = plugin.order.jvms, plugin.order.seed, jvms.idle
    run.outcomes = {item.nodeid: Outcome(cases.case_id(item), item.nodeid) for item in chosen}
    finished = _resume(session, run, journal) if bench.config.resume else {}
    for line in plugin.gate.warn(run) if plugin.gate else ():
        bench.say(line)
    sources, formats = cases.sources(session.items), cases.parameters(session.items, cases.SOURCE_FORMAT)
    known = prepared.prepare(bench, rows, sources, formats, executors)
    if not bench.config.resume:
        if kept := journal.set_aside():
            bench.say(f"warning: {kept}")
        journal.begin(run)
    records = {nodeid: each["extra_info"]["otfbench"] for nodeid, each in finished.items()}
    return Shared(known, jvms, run, journal, log, records, list(finished.values()))


def _fetch(bench: Bench, chosen: list[pytest.Item], order: Order) -> dict[str, dict[str, Path]]:
    """Say what the run is run with, and fetch its jars; returns the user's: format -> files by names."""
    bench.say(f"otfbench: {bench.java}; {bench.profile.name}; master {bench.config.master}; JVMs {order.jvms}")
    if names := ", ".join(sorted(defaults())):
        bench.say(f"otfbench: Spark's defaults count, too: {names} ({defaults_file()})")
    for fault in broken_plugins():
        bench.say(f"warning: left out: {fault}")
    formats = cases.parameters(chosen, cases.FORMAT)
    if is_submitted() and len(formats) > 1:
        raise UsageError(
            f"This process was started by spark-submit: its JVM can't be restarted with the jars of {len(formats)}"
            f" formats. {PER_FORMAT} submits a run for each."
        )
    own = bench.config.user_data
    user_jars = bench.fetch({*formats, own.format} if own and own.table else formats)
    for name, files in _replaced_jars(bench, formats).items():
        bench.say(f"locked jars of {name} that these replace: {', '.join(files)}")
    return user_jars


def _replaced_jars(bench: Bench, formats: Iterable[str]) -> dict[str, list[str]]:
    """Those of the lock in whose place the user's are; package -> files."""
    replaced = replaced_jars(profile(), bench.profile)
    return {name: replaced[name] for name in (*formats, *bench.packages) if name in replaced}


def _check_room(folder: Path) -> None:
    """Raise UsageError if nothing can be written in the folder for results: before anything is measured."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(1 << 16))
    except OSError as error:
        raise no_room(folder, error) from None


def _new_log(folder: Path) -> Path:
    """A file that isn't there yet: a run may begin in the second in which one before it has. The journal is ours."""
    name = f"otfbench-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}"
    others = (folder / f"{name}-{number}.log" for number in count(2))
    return next(path for path in chain([folder / f"{name}.log"], others) if not os.path.lexists(path))


def _say(config: pytest.Config, line: str) -> None:
    """A line for whoever waits, also from within a case, where pytest keeps what is printed for itself."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    capture = config.pluginmanager.get_plugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else nullcontext():
        if reporter:
            reporter.ensure_newline()
        (reporter.write_line if reporter else print)(redaction.redact_text(line))


def _fingerprint(
    session: pytest.Session,
    bench: Bench,
    chosen: list[pytest.Item],
    user_jars: dict[str, dict[str, Path]],
    executors: Executors | None,
) -> dict[str, object]:
    """The machine, the versions and the jars, as results have them."""
    formats = cases.parameters(chosen, cases.FORMAT)
    found = environment.fingerprint(bench.java, bench.profile, formats, bench.packages, session.config.rootpath)
    if user_jars:
        found["own_jars"] = {
            n: {Path(jar).name: sha256(file) for jar, file in each.items()} for n, each in user_jars.items()
        }
    if gone := _replaced_jars(bench, formats):
        found["replaced_jars"] = gone
    return found | {"executors": asdict(executors) if executors else None}


def _resume(session: pytest.Session, run: Run, journal: Journal) -> dict[str, dict[str, Any]]:
    """Take over what the killed run finished, by node ids; cases that did not pass run again."""
    finished = journal.resume(run)
    for line in journal.damaged():
        _say(session.config, f"warning: {line}")
    resumed = {}
    for outcome, benchmark, rulers in finished:
        run.rulers[:] = rulers
        if benchmark is not None and outcome.status is Status.PASSED and outcome.nodeid in run.outcomes:
            run.outcomes[outcome.nodeid] = outcome
            resumed[outcome.nodeid] = benchmark
    session.items[:] = [item for item in session.items if item.nodeid not in resumed]
    return resumed
