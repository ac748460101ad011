"""pytest-benchmark's private corners: where it saves, what it has measured. The only module that reaches into it."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Container
from functools import partial
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


def keep_results(config: pytest.Config, unsaved: list[str]) -> None:
    """A run file that can't be written (no room, read-only) is put into the folder for temporary files.

    What becomes of it is added to `unsaved`; of a file that was begun nothing is left.
    """
    session = _session(config)
    storage, to_storage, to_file = session.storage, session.storage.save, session.save_json

    def save(output: dict[str, Any], name: str) -> None:
        path = storage.get(f"{storage._next_num}_{name}.json")
        _save_or_rescue(partial(to_storage, output, name), path, output, unsaved)

    def save_json(output: dict[str, Any]) -> None:
        _save_or_rescue(partial(to_file, output), Path(session.json), output, unsaved)

    if hasattr(storage, "path"):
        storage.save = save
    session.save_json = save_json


def _save_or_rescue(save: Callable[[], None], path: Path, output: dict[str, Any], unsaved: list[str]) -> None:
    try:
        save()
    except OSError as error:
        if error.filename is None and path.is_file():  # it could be opened, and not be filled
            path.unlink()
        fault = f"{path} could not be written: {error.strerror}"
        try:
            unsaved.append(f"{fault}. The run is in {_rescued(output, path.name)}: move it to where there is room.")
        except OSError as other:
            unsaved.append(f"{fault}, nor can anything in {tempfile.gettempdir()}: {other.strerror}.")


def _rescued(output: dict[str, Any], name: str) -> Path:
    """The run file, in a new folder for temporary files; raises OSError, and leaves nothing, if it can't be there."""
    folder = Path(tempfile.mkdtemp(prefix="otfbench-"))
    try:
        (folder / name).write_text(json.dumps(output, indent=4, default=str))
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / name


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
