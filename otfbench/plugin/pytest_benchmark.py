"""pytest-benchmark's private corners: where it saves, what it has measured. The only module that reaches into it."""

from __future__ import annotations

import json
from collections.abc import Container
from pathlib import Path
from typing import Any

import pytest


def folder(config: pytest.Config) -> Path:
    """Where runs are saved, if that is a folder; else the default one."""
    return Path(getattr(_session(config).storage, "path", None) or config.invocation_params.dir / ".benchmarks")


def keep_rounds(config: pytest.Config) -> None:
    """Saved files keep every round, and the terminal shows our summary instead of pytest-benchmark's table."""
    session = _session(config)
    session.save_data, session.quiet = True, not session.verbose


def record_of(item: pytest.Item) -> dict[str, Any] | None:
    """pytest-benchmark's record of a case, as its files have it; None if there is none, or an unfinished one."""
    for benchmark in _session(item.config).benchmarks:
        if benchmark.fullname == item.nodeid and not benchmark.has_error:
            record: dict[str, Any] = json.loads(json.dumps(benchmark.as_dict(include_data=True), default=str))
            return record
    return None


def keep_finished(config: pytest.Config, unsuccessful: Container[str]) -> None:
    """Leave out what has no timing, and the cases of these node ids.

    pytest-benchmark leaves out what raised an Exception in a round: neither a case that was interrupted there, nor one
    that failed after its rounds.
    """
    session = _session(config)
    session.benchmarks[:] = [
        each for each in session.benchmarks if each.stats.data and each.fullname not in unsuccessful
    ]


def save_without_benchmarks(config: pytest.Config) -> None:
    """Write the files that were asked for even where no case was measured; pytest-benchmark alone would write none."""
    session = _session(config)
    wanted = session.save or session.autosave
    if session.benchmarks or not (wanted or session.json):
        return
    output: dict[str, Any] = config.hook.pytest_benchmark_generate_json(
        config=config,
        benchmarks=[],
        include_data=True,
        machine_info=session.get_machine_info(),
        commit_info=config.hook.pytest_benchmark_generate_commit_info(config=config),
    )
    config.hook.pytest_benchmark_update_json(config=config, benchmarks=[], output_json=output)
    if session.json:
        session.save_json(output)
    if wanted:
        session.storage.save(output, wanted)
    session.save = session.autosave = session.json = None  # else it would say that nothing was saved


def _session(config: pytest.Config) -> Any:
    return config._benchmarksession  # type: ignore[attr-defined]  # pytest-benchmark offers no other way
