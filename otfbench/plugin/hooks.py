"""The pytest hooks: options, parameters, order, run file, summary. Fixtures are in fixtures.py and measuring.py."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from otfbench import redaction
from otfbench.config import load as configfile
from otfbench.config.options import Config, Options
from otfbench.errors import OtfbenchError, UnsupportedError
from otfbench.plugin import cases, ending, gate, order, pytest_benchmark, pytest_html
from otfbench.plugin.preparation import prepare
from otfbench.plugin.secrets import redact
from otfbench.plugin.state import PLUGIN, Plugin, Shared, shared_state_or_none
from otfbench.plugin.time_limit import time_limit
from otfbench.registry import control, format_names, input_names, load_format, load_input
from otfbench.report.facts import facts, tax
from otfbench.report.summary import case_line, summary
from otfbench.runs.outcome import UNSUPPORTED, Outcome, Status
from otfbench.spark import interrupts
from otfbench.tables.warehouse import WAREHOUSE

pytest_plugins = ("otfbench.plugin.fixtures", "otfbench.plugin.measuring", "otfbench.plugin.secrets")
_NOTHING_MEASURED = "otfbench: interrupted before the first case: nothing was measured, and no file is written."

# Options, parameters and order


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option per field of Options, checked by Options itself; and the file that holds more than options."""
    group = parser.getgroup("otfbench", "otfbench: table formats on Spark")
    text = (
        f"YAML file with own data, Spark settings, table properties (default: {configfile.FILE_NAME}, if it is there)"
    )
    group.addoption("--otf-config", metavar="FILE", default=None, help=text)
    text = "hold the counters to this baseline (otfbench gate): exit code 1 if red, 3 if it is of another kind of run"
    group.addoption("--otf-gate", metavar="FILE", default=None, help=text)
    for name, option in Options.model_fields.items():
        flag = "--otf-" + name.replace("_", "-")
        text = option.description or ""
        if option.annotation is bool:
            group.addoption(flag, action="store_true", default=None, help=text)
        else:
            value = option.get_default(call_default_factory=True)
            shown = ",".join(map(str, value)) if isinstance(value, tuple) else value
            default = f" (default: {shown})" if value is not None else ""
            group.addoption(flag, metavar=name.upper(), default=None, help=(text + default).replace("%", "%%"))


def pytest_configure(config: pytest.Config) -> None:
    """Check the options before anything is collected."""
    # None: not given, or the hooks were loaded after the command line was parsed, because none was given.
    values = {name: config.getoption(f"otf_{name}", None) for name in Options.model_fields}
    with _usage_errors():
        file = configfile.find_config_file(
            config.getoption("otf_config", None), config.invocation_params.dir, config.rootpath
        )
        plugin = config.stash[PLUGIN] = Plugin(configfile.load(values, file))
        if baseline := config.getoption("otf_gate", None):
            plugin.gate = gate.read(baseline, config.invocation_params.dir, file)
        for name in _chosen_formats(plugin.config):
            load_format(name)
        for name in plugin.config.inputs or ():
            load_input(name)
        if config.getoption("htmlpath", None):
            config.pluginmanager.register(pytest_html)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A workload that asks for a table runs once per format, one that asks for a source once per input."""
    config = metafunc.config.stash[PLUGIN].config
    if cases.SOURCE_FORMAT in metafunc.fixturenames:
        three = (cases.FORMAT, cases.VARIANT, cases.SOURCE_FORMAT)
        metafunc.parametrize(three, cases.pairs(_chosen_formats(config)), indirect=True)
    elif cases.FORMAT in metafunc.fixturenames:
        asked = set(format_names()).intersection(metafunc.fixturenames)
        formats = [name for name in _chosen_formats(config) if not asked or name in asked]
        of_table = config.user_data is not None and config.user_data.table
        pairs = cases.contenders(metafunc.definition, formats, config.variants, as_they_are=of_table)
        metafunc.parametrize((cases.FORMAT, cases.VARIANT), pairs, indirect=True)
    if cases.DATASET in metafunc.fixturenames:
        params = cases.datasets(metafunc.definition, config.named_datasets)
        metafunc.parametrize(cases.DATASET, params, indirect=True)
    if cases.INPUT in metafunc.fixturenames:
        named = config.inputs is not None
        params = cases.inputs(config.inputs or input_names(), named)
        metafunc.parametrize(cases.INPUT, params, indirect=True)


def _chosen_formats(config: Config) -> list[str]:
    """In the order in which they run: the control first, which cases without a format share."""
    first = control().name
    return sorted(config.formats or format_names(), key=lambda name: name != first)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Only the chosen operations of the suite are left, in the order in which they run."""
    plugin = config.stash[PLUGIN]
    with _refusing(items):
        others = cases.other_operations(items, plugin.config.operations)
    user_data = plugin.config.user_data
    typed = user_data is not None and (user_data.ddl is not None or user_data.infer != "spark")
    others += [item for item in items if cases.infers(item) and (typed or cases.is_typed(item))]
    if user_data is not None and user_data.table:
        about_others = [item for item in items if cases.is_case(item) and cases.makes_tables(item)]
        plugin.left_out = sorted({cases.operation(item) for item in about_others})
        others += about_others
    absent = set(others)
    kept = [item for item in items if item not in absent]
    other_items = cases.of_other_suites(kept, plugin.config.suite)
    plugin.other_suites = cases.other_suites(other_items, plugin.config.suite)
    absent.update(other_items)
    if absent:
        config.hook.pytest_deselected(items=list(absent))
        items[:] = [item for item in items if item not in absent]
    with _refusing(items):
        plugin.order = order.order(items, plugin.config)
    order.sort(items, _chosen_formats(plugin.config), plugin.order)


def pytest_report_collectionfinish(config: pytest.Config) -> list[str]:
    """What a run about a table of the user's leaves out."""
    names = config.stash[PLUGIN].left_out
    return [f"otfbench: left out, for they read files or make new tables: {', '.join(names)}"] if names else []


# Before the first case


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Check and prepare all that the selected cases need, and plan them."""
    config = session.config
    chosen = [item for item in session.items if cases.is_case(item)]
    if not chosen or config.option.collectonly:
        return
    try:
        with _usage_errors():
            prepare(session, chosen)
    except KeyboardInterrupt:
        config.stash[PLUGIN].interrupted_early = True
        raise
    if state := shared_state_or_none(config):
        pytest_benchmark.keep_results(config, state.unsaved)
    _quieten(config)


def _quieten(config: pytest.Config) -> None:
    """One line per case, our own summary, and nothing of py4j's on the terminal; saved files keep every round."""
    logging.getLogger("py4j").propagate = False  # what it complains of reaches us as an exception
    config.option.verbose = config.option.verbose or 1
    pytest_benchmark.keep_rounds(config)


@contextmanager
def _usage_errors() -> Iterator[None]:
    """Every error before the first case is one screen and pytest's exit code 4."""
    try:
        yield
    except OtfbenchError as error:
        raise pytest.UsageError(redaction.redact_text(f"otfbench: {error}")) from None


@contextmanager
def _refusing(items: list[pytest.Item]) -> Iterator[None]:
    """The same for what was collected: pytest finishes the collection all the same, which would prepare the items."""
    try:
        with _usage_errors():
            yield
    except pytest.UsageError:
        items.clear()
        raise


# While cases run


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """The case has its turn, and only so much time."""
    state = shared_state_or_none(item.config)
    if state is None or item.nodeid not in state.run.outcomes:
        return (yield)
    interrupts.check()
    state.run.outcomes[item.nodeid].advance(Status.RUNNING)
    with time_limit(state.prepared.bench.config.case_timeout, partial(state.end_overrun, item.nodeid)):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Take the case's outcome from pytest's report, and write it to the journal."""
    report = yield
    state = shared_state_or_none(item.config)
    if state is None or item.nodeid not in state.run.outcomes:
        return report
    if not report.passed:
        interrupts.check()  # what was to be tidied up failed without its JVM, and hid the interrupt
    outcome = state.run.outcomes[item.nodeid]
    if call.when == "call" or (call.when == "setup" and not report.passed):
        with interrupts.held():
            crash = None if report.passed else state.crashed.get(item.nodeid)
            status = Status.CRASHED if crash else Status(report.outcome)
            outcome.advance(status, None if report.passed else crash or _reason(report, state))
            _put_facts_on(report, outcome, state)
            state.journal.add(outcome, pytest_benchmark.record_of(item), state.run.rulers)
    redact(report)
    return report


def _put_facts_on(report: Any, outcome: Outcome, state: Shared) -> None:
    """pytest lets plugins add attributes: for the line on the terminal, and for pytest-html."""
    record: Any = state.records.get(outcome.nodeid) if report.passed else None
    report.otfbench_record, report.otfbench_verdict = record, outcome.verdict
    if record:
        report.otfbench_line = case_line(record)
        report.otfbench_tax = tax(record, state.records.values())


def _reason(report: pytest.TestReport, state: Shared) -> str:
    where = report.longrepr
    crash = getattr(where, "reprcrash", None)  # of an error in the workload's own code: its words instead of its source
    text = crash.message if crash else where[2] if isinstance(where, tuple) else str(where)
    text = text.removeprefix("Skipped: ").removeprefix("Failed: ").strip()
    return text.replace(state.prepared.bench.warehouse.tables, WAREHOUSE)


def pytest_report_teststatus(report: pytest.TestReport | pytest.CollectReport) -> tuple[str, str, str] | None:
    """A passed case shows its median instead of the word PASSED."""
    line = getattr(report, "otfbench_line", None)
    return ("passed", ".", line) if line and report.passed and getattr(report, "when", "") == "call" else None


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call() -> Generator[None, object, object]:
    """What a workload finds to be impossible is a skip with a sentence."""
    try:
        return (yield)
    except UnsupportedError as error:
        pytest.skip(f"{UNSUPPORTED}{error}")


# After the last case


@pytest.hookimpl(optionalhook=True)
def pytest_benchmark_update_json(config: pytest.Config, output_json: dict[str, Any]) -> None:
    """Add our key, and the cases of a resumed run. Called once per file that is written."""
    state = shared_state_or_none(config)
    if state is not None:
        output_json["otfbench"] = state.run.as_dict()
        output_json["benchmarks"] = [*state.resumed, *output_json["benchmarks"]]
        output_json.update(redaction.redact_json(output_json))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None, None, None]:
    """Around pytest-benchmark's saving."""
    yield from ending.end(session)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The tables, then what doubts the numbers, then where the files are."""
    state = shared_state_or_none(config)
    plugin = config.stash[PLUGIN]
    if state is None:
        if plugin.interrupted_early:
            terminalreporter.write_line(_NOTHING_MEASURED)
        return
    terminalreporter.section("otfbench")
    shown = facts(state.run, list(state.records.values()))
    for line in summary(shown, bool(terminalreporter.isatty), plugin.other_suites):
        terminalreporter.write_line(redaction.redact_text(line))
    if state.prepared.bench.config.keep_tables:
        terminalreporter.write_line(redaction.redact_text(f"tables: {state.prepared.bench.warehouse.tables}"))
    here = config.invocation_params.dir
    log = state.log.relative_to(here) if state.log.is_relative_to(here) else state.log
    terminalreporter.write_line(f"log of Spark and the formats: {log}")
    faults = [*state.unsaved, *([state.journal.fault] if state.journal.fault else [])]
    for line in (*faults, *plugin.gate_lines):
        terminalreporter.write_line(line)
