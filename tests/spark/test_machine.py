"""Cores and memory within the limits of control groups, of both versions; on folders as Linux lays them out."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from otfbench.spark import machine

MIB = 2**20
V1, V2 = "5:memory:/box/a\n4:cpu,cpuacct:/box/a\n", "0::/box/a\n"


def laid_out(folder: Path, groups: str, files: dict[str, str]) -> Path:
    """A folder with /proc/self/cgroup and files below /sys/fs/cgroup."""
    for name, text in {"proc/self/cgroup": groups, **{f"sys/fs/cgroup/{name}": files[name] for name in files}}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{text}\n")
    return folder


@pytest.mark.parametrize(
    ("groups", "files", "limit"),
    [
        (V2, {"box/a/memory.max": f"{512 * MIB}"}, 512),
        (V2, {"box/a/memory.max": "max", "box/memory.max": f"{256 * MIB}"}, 256),
        (V2, {"memory.max": f"{128 * MIB}"}, 128),
        (V1, {"memory/box/a/memory.limit_in_bytes": f"{512 * MIB}"}, 512),
        (V1, {"memory/memory.limit_in_bytes": f"{128 * MIB}"}, 128),
    ],
)
def test_memory_is_the_lowest_limit(tmp_path: Path, groups: str, files: dict[str, str], limit: int) -> None:
    """The group's own limit, one above it, or that of a container whose group is mounted as the root."""
    assert machine.memory_bytes(laid_out(tmp_path, groups, files)) == limit * MIB


@pytest.mark.parametrize(
    ("groups", "files"),
    [
        (V2, {"box/a/cpu.max": "100000 100000"}),
        (V2, {"box/a/cpu.max": "max 100000", "box/cpu.max": "50000 100000"}),
        (V1, {"cpu/box/a/cpu.cfs_quota_us": "70000", "cpu/box/a/cpu.cfs_period_us": "100000"}),
    ],
)
def test_cores_follow_the_quota(tmp_path: Path, groups: str, files: dict[str, str]) -> None:
    """A quota of up to one core is one core."""
    assert machine.cores(laid_out(tmp_path, groups, files)) == 1


@pytest.mark.parametrize("quota", ["max 100000", "6400000 100000"])
def test_cores_are_never_more_than_there_are(tmp_path: Path, quota: str) -> None:
    """No quota, or one above the machine, leaves the cores that the process may run on."""
    assert machine.cores(laid_out(tmp_path, V2, {"box/a/cpu.max": quota})) == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("groups", "files"),
    [
        ("", {}),
        (V1, {"memory/box/a/memory.limit_in_bytes": "9223372036854771712", "cpu/box/a/cpu.cfs_quota_us": "-1"}),
    ],
)
def test_no_limit(tmp_path: Path, groups: str, files: dict[str, str]) -> None:
    """Without control groups, or with the limit that stands for none, it is all that the machine has."""
    files_ = laid_out(tmp_path, groups, files)
    assert machine.memory_bytes(files_) == psutil.virtual_memory().total
    assert machine.cores(files_) == len(os.sched_getaffinity(0))


def test_available_memory_counts_cached_files(tmp_path: Path) -> None:
    """What a group holds as a cache of files is given back when it is needed."""
    files = {"memory.max": f"{100 * MIB}", "memory.current": f"{90 * MIB}", "memory.stat": f"inactive_file {50 * MIB}"}
    assert machine.available_bytes(laid_out(tmp_path, V2, files)) == 60 * MIB


def test_load_is_last_minute_per_core(monkeypatch: pytest.MonkeyPatch) -> None:
    """The load is that of the last minute, per core."""
    monkeypatch.setattr(os, "getloadavg", lambda: (3.0, 99.0, 99.0))
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert machine.load_per_core() == 0.75


def test_load_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system doesn't tell the load, it is None."""

    def refuse() -> None:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", refuse)
    assert machine.load_per_core() is None
