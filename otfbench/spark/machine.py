"""What this process may use of the machine: cores and memory, within the limits of its container. Knows no Spark."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

_FILES = Path("/")


def cores(files: Path = _FILES) -> int:
    """Cores that the process may run on, as Java counts them: a limit of 1.5 is two.

    The least of the machine's, of the process's affinity and of its control groups' quotas (Linux; cgroups(7)).
    """
    affinity = getattr(os, "sched_getaffinity", None)
    counts = [len(affinity(0)) if affinity else os.cpu_count() or 1]
    for group in _groups("cpu", files):
        quota, period = (_text(group / "cpu.max") or "max 0").split()  # version 2
        if quota == "max":
            quota, period = (_text(group / f"cpu.cfs_{name}_us") or "-1" for name in ("quota", "period"))
        if int(quota) > 0:
            counts.append(math.ceil(int(quota) / int(period)))
    return max(1, min(counts))


def memory_bytes(files: Path = _FILES) -> int:
    """Bytes of memory that the process may take: the machine's, or the lowest limit of its control groups."""
    return min([psutil.virtual_memory().total, *(limit for limit, _ in _memory(files))])


def available_bytes(files: Path = _FILES) -> int:
    """Bytes of memory that are free for the process; those of a control group without its own cached files."""
    return max(0, min([psutil.virtual_memory().available, *(limit - used for limit, used in _memory(files))]))


def heap_bytes(text: str) -> int:
    """Bytes of a heap as Java writes its size: 900m, 2g."""
    return int(text[:-1]) * {"m": 2**20, "g": 2**30}[text[-1]]


def load_per_core() -> float | None:
    """Processes that wanted a core during the last minute, per core; None where the system doesn't tell."""
    try:
        return round(os.getloadavg()[0] / (os.cpu_count() or 1), 2)  # the load is that of the whole machine
    except OSError:
        return None


def _memory(files: Path) -> Iterator[tuple[int, int]]:
    """Limit and use of each control group that has a limit; files of version 2, then of version 1."""
    for group in _groups("memory", files):
        for limit, usage, cached in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            text = _text(group / limit) or "max"
            if text != "max":
                yield int(text), int(_text(group / usage) or 0) - _statistic(group / "memory.stat", cached)


def _statistic(file: Path, name: str) -> int:
    lines = (line.split() for line in (_text(file) or "").splitlines())
    return next((int(line[1]) for line in lines if line[0] == name), 0)


def _groups(controller: str, files: Path) -> Iterator[Path]:
    """The folders of the control groups that limit the process, its own first.

    Inside a container its own group may be mounted as the root, while /proc names it as the host does: then only the
    root is there.
    """
    for line in (_text(files / "proc/self/cgroup") or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if controller in controllers.split(",") or not controllers:
            root = files / "sys/fs/cgroup" / (controller if controllers else "")
            group = root / path.strip("/")
            yield from (each for each in (group, *group.parents) if each.is_relative_to(root) and each.is_dir())


def _text(file: Path) -> str | None:
    try:
        return file.read_text().strip()
    except OSError:
        return None
