"""The summary on the terminal, compared with stored text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from otfbench.report.facts import facts
from otfbench.report.summary import WIDTH, case_line, summary
from otfbench.runs.outcome import Outcome, Run, Status

STORED = Path(__file__).parents[1] / "recorded" / "summary.txt"
WALLS = {"alpha": (0.5, 0.52, 0.51), "beta": (1.0, 1.21, 1.1), "gamma": (2.0, 2.02, 2.01)}


def record(name: str | None, source: str, operation: str = "convert", **changes: Any) -> dict[str, Any]:
    """A passed case; the control is the format `alpha`."""
    case_id = f"{operation}[{name}-{source}]" if name else f"{operation}[{source}]"
    return {
        "case": {"id": case_id, "operation": operation, "format": name, "format_version": "1.2.3" if name else None}
        | {
            "family": "convert",
            "variant": "shipped",
            "input": source,
            "rows": 100_000,
            "dataset": "trips",
            "detail": {},
        },
        "control": name == "alpha",
        "verdict": "equal",
        "adaptations": [],
        "rounds": [{"wall_s": wall} for wall in WALLS[name or "alpha"]],
        "unstable": [],
        "counters": {"spill_bytes": 0, "failed_tasks": 0},
        "derived": {"rows_per_s": 1.0},
        "storage": {"live_bytes": 5_000_000} if name else None,
        "source": {"files": 2, "bytes": 10_000_000},
        "settings": {"table_properties": {}, "spark": {}},
    } | changes


def run(records: list[dict[str, Any]], *others: Outcome) -> Run:
    outcomes = [Outcome(each["case"]["id"], each["case"]["id"], Status.PASSED) for each in records]
    by_id = {outcome.id: outcome for outcome in (*outcomes, *others)}
    return Run({}, {}, jvms="together", outcomes=by_id, load_per_core=0.0)


def lines_of(run: Run, records: list[dict[str, Any]] | None = None) -> list[str]:
    return list(summary(facts(run, records or []), color=False))


def everything() -> list[str]:
    """A run with all that a summary can hold."""
    change = {"column": "n", "from": "smallint", "to": "int", "reason": "it has no short integers"}
    records = [record(name, source) for source in ("csv", "json") for name in WALLS]
    records[2]["adaptations"] = [change]
    del records[4]
    records.append(record(None, "csv", "read_source"))
    failed = Outcome("convert[beta-json]", "n", Status.FAILED, "java.io.IOException: No space left on device\nmore")
    skipped = Outcome("convert[delta-csv]", "m", Status.SKIPPED, "unsupported: no jars for it")
    return lines_of(run(records, failed, skipped, Outcome("convert[late-csv]", "l")), records)


def test_summary_as_stored() -> None:
    """Tables, tax, size, verdicts, adaptations, cases without a number and doubts, as a reader sees them."""
    assert everything() == STORED.read_text().splitlines()


def test_long_names() -> None:
    """The longest names and figures of five formats fit the width: nothing of a cell is cut off."""
    records = [record(name, "csv", "overwrite_partition") for name in WALLS]
    for each in records:
        each["derived"] = {"rows_per_s": 1.0, "write_amplification": 12345.6}
    lines = lines_of(run(records), records)
    assert any("overwrite" in line for line in lines) and any("partition" in line for line in lines)
    assert sum(line.count("writes 12346x") for line in lines) == 3 and max(map(len, lines)) <= WIDTH


def test_own_jars() -> None:
    """A run with jars that no lock knows says so."""
    found = run([])
    found.environment["own_jars"] = {"beta": {"a:b:1": "0f", "c.jar": "0e"}}

    assert "beta with jars of your own, which no lock knows: a:b:1, c.jar" in lines_of(found)
    assert not any("locked" in line or "catalog" in line for line in lines_of(found))


def test_replaced_jars_and_chosen_catalog() -> None:
    """A run without locked jars, and one with another catalog than a format's first, says so."""
    found = run([])
    found.environment["replaced_jars"] = {"beta": ["b-1.jar"]}
    found.options["catalogs"] = {"beta": {"type": "jdbc", "uri": "jdbc:x"}}

    assert "beta without locked jars that these replace: b-1.jar" in lines_of(found)
    assert "beta with a catalog of the type jdbc" in lines_of(found)


def test_no_line_exceeds_100_columns() -> None:
    """No line is wider than 100 columns, whatever is told."""
    long = Outcome("convert[alpha-csv]", "n", Status.FAILED, "word " * 60)

    lines = lines_of(run([], long)) + everything()
    assert max(map(len, lines)) <= WIDTH


def test_case_line() -> None:
    """A case that ends shows median, spread and verdict."""
    assert case_line(record("beta", "csv")) == "1.10 s (spread 19 %) equal"


def test_no_control_no_tax() -> None:
    """Without the control in the run there is no format tax."""
    records = [record("beta", "csv")]

    assert "tax" not in "\n".join(lines_of(run(records), records))


def test_nothing_measured() -> None:
    """A run without a single number says so."""
    assert lines_of(run([])) == ["cases: none with a number"]


def test_fidelity_is_counted_in_one_line() -> None:
    """The fates of a format's types, edge values and names are counted in one line."""
    told = run([])
    told.fidelity = {"beta": [{"cell": str(n), "outcome": "refused" if n else "kept"} for n in range(3)]}

    assert "fidelity of beta: 1 kept, 0 changed, 2 refused, 0 corrupted" in lines_of(told)


def test_where_the_time_went() -> None:
    """The parts of the run's time are shares of the whole; a run that doesn't know them says nothing."""
    known = run([record("beta", "csv")])
    known.spent = {"timed rounds": 90.0, "JVMs": 30.0}
    assert "time: 2.0 min, of it timed rounds 75 %, JVMs 25 %" in lines_of(known, [])
    assert not any(line.startswith("time:") for line in everything())


def test_number_of_rounds() -> None:
    """Where cases have other numbers of rounds the least and the most are told."""
    records = [record("beta", "csv"), record("gamma", "csv")]
    records[1]["rounds"] = records[1]["rounds"] * 2
    few, many = (len(each["rounds"]) for each in records)
    assert any(f"median of {few} to {many} rounds (spread)" in line for line in lines_of(run(records), records))
