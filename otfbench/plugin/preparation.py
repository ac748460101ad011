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

import pytest

from otfbench import redaction
from otfbench.config.shown import recorded
from otfbench.errors import UsageError
from otfbench.measure import environment, own_data
from otfbench.measure.bench import Bench, look_at_cluster
from otfbench.plugin import cases, pytest_benchmark
from otfbench.plugin.order import Order
from otfbench.plugin.state import PLUGIN, Shared
from otfbench.registry import broken_plugins
from otfbench.registry.packages import profile
from otfbench.runs.journal import JOURNAL, Journal, no_room
from otfbench.runs.outcome import Outcome, Run, Status
from otfbench.spark import interrupts, machine
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
            bench = Bench(plugin.config, log, partial(_say, config))
            undo.callback(bench.close)
        bench.jvms.at_once = plugin.order.at_once
        _prepare(bench, chosen, plugin.order)
        log.parent.mkdir(parents=True, exist_ok=True)
        state = _plan(session, bench, chosen, journal, log, load)
        for line in plugin.gate.warn(state.run) if plugin.gate else ():
            bench.say(line)
        bench.prepare(cases.sources(session.items))
        bench.make_tables(cases.parameters(session.items, cases.SOURCE_FORMAT))
        if not bench.config.resume:
            if kept := journal.set_aside():
                bench.say(f"warning: {kept}")
            journal.begin(state.run)
        plugin.shared = state
        undo.pop_all()


def _prepare(bench: Bench, chosen: list[pytest.Item], order: Order) -> None:
    """Say what the run is run with, fetch its jars, look at the cluster, and read the user's rows."""
    bench.say(f"otfbench: {bench.java}; {bench.profile.name}; master {bench.config.master}; JVMs {order.jvms}")
    if names := ", ".join(sorted(defaults())):
        bench.say(f"otfbench: Spark's defaults count, too: {names} ({defaults_file()})")
    for fault in broken_plugins():
        bench.say(f"warning: left out: {fault}")
    formats, inputs = (cases.parameters(chosen, name) for name in (cases.FORMAT, cases.INPUT))
    if is_submitted() and len(formats) > 1:
        raise UsageError(
            f"This process was started by spark-submit: its JVM can't be restarted with the jars of {len(formats)}"
            f" formats. {PER_FORMAT} submits a run for each."
        )
    own = bench.config.user_data
    bench.fetch({*formats, own.format} if own and own.table else formats, inputs)
    for name, files in _replaced_jars(bench, (*formats, *bench.packages_of(inputs))).items():
        bench.say(f"locked jars of {name} that these replace: {', '.join(files)}")
    bench.executors = look_at_cluster(bench)
    own_data.inspect(bench, formats)


def _replaced_jars(bench: Bench, packages: Iterable[str]) -> dict[str, list[str]]:
    """Those of the lock in whose place the user's are; package -> files."""
    replaced = replaced_jars(profile(), bench.profile)
    return {name: replaced[name] for name in packages if name in replaced}


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


def _plan(
    session: pytest.Session, bench: Bench, chosen: list[pytest.Item], journal: Journal, log: Path, load: float | None
) -> Shared:
    formats, inputs = (cases.parameters(chosen, name) for name in (cases.FORMAT, cases.INPUT))
    packages = bench.packages_of(inputs)
    fingerprint = environment.fingerprint(bench.java, bench.profile, formats, packages, session.config.rootpath)
    if bench.user_jars:
        fingerprint["own_jars"] = {
            n: {Path(jar).name: sha256(file) for jar, file in each.items()} for n, each in bench.user_jars.items()
        }
    if gone := _replaced_jars(bench, (*formats, *packages)):
        fingerprint["replaced_jars"] = gone
    fingerprint["executors"] = asdict(bench.executors) if bench.executors else None
    run = Run(fingerprint, recorded(bench.config, bench.identity), rulers=bench.jvms.rulers, load_per_core=load)
    order = session.config.stash[PLUGIN].order
    run.jvms, run.order_seed, run.idle = order.jvms, order.seed, bench.jvms.idle
    run.outcomes = {item.nodeid: Outcome(cases.case_id(item), item.nodeid) for item in chosen}
    state = Shared(bench, run, journal, log)
    if bench.config.resume:
        _resume(session, state)
    return state


def _resume(session: pytest.Session, state: Shared) -> None:
    """Take over what the killed run finished; cases that did not pass run again."""
    finished = state.journal.resume(state.run)
    for line in state.journal.damaged():
        _say(session.config, f"warning: {line}")
    for outcome, benchmark, rulers in finished:
        state.run.rulers[:] = rulers
        if benchmark is not None and outcome.status is Status.PASSED and outcome.nodeid in state.run.outcomes:
            state.run.outcomes[outcome.nodeid] = outcome
            state.resumed.append(benchmark)
            state.records[outcome.nodeid] = benchmark["extra_info"]["otfbench"]
    session.items[:] = [item for item in session.items if item.nodeid not in state.records]
