"""In what two runs differ that is no result: data, machine, versions, settings. Knows no counter and no time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from otfbench.runs.outcome import Run
from otfbench.runs.record import Record

_MACHINE = {"os": "operating system", "cpu": "CPU", "cores": "cores", "memory_bytes": "memory", "java": "Java"}
_GIB = 2**30
_PLACE_OR_STATE = re.compile(r"(^|[.-])(path|location|uuid|id)$")
"""Table properties that are others in each run, since they are no settings."""
_PARTITIONS = ("default_parallelism", "shuffle_partitions", "listing_parallelism")
VERSION = "version of "
"""How the name of a format's or an input's version begins."""


def of_machines(base: Run, head: Run) -> Iterator[str]:
    """What makes times incomparable: another machine, heap, master, file system, or another warm-up."""
    for key, name in _MACHINE.items():
        one, other = _rounded(key, base.environment.get(key)), _rounded(key, head.environment.get(key))
        if one != other:
            yield f"{name} was {one}, is {other}"
    for key, name in (("master", "master"), ("driver_memory", "driver memory"), ("warmup", "warm-up rounds")):
        if base.options.get(key) != head.options.get(key):
            yield f"{name}: {base.options.get(key)}, now {head.options.get(key)}"
    if base.jvms != head.jvms:
        yield f"JVMs of the formats: {base.jvms}, now {head.jvms}"
    one, other = (run.options.get("file_system", "file") for run in (base, head))
    if one != other:
        yield f"file system: {one}, now {other}"


def of_settings(base: Run, head: Run) -> Iterator[str]:
    """What a counter that changed may be due to, beside a change of the code: profile, versions, threads, settings."""
    return differing(run_kind(base) | settings(base), run_kind(head) | settings(head))


def differing(base: Mapping[str, Any], head: Mapping[str, Any]) -> Iterator[str]:
    """Each name whose value is another, with both values."""
    for name in dict.fromkeys([*base, *head]):
        if base.get(name) != head.get(name):
            yield f"{name}: {_shown(base.get(name))}, now {_shown(head.get(name))}"


def run_kind(run: Run) -> dict[str, Any]:
    """What makes a run one of another kind: profile, versions, own jars, threads, file system; flat, name -> value."""
    environment = run.environment
    facts = {"profile": environment.get("profile"), "Spark": environment.get("spark")}
    if "file_system" in run.options:
        facts["file system"] = run.options["file_system"]
    if run.options.get("suite") == "life":  # whose counters are of all rounds together
        facts["rounds of a life"] = run.options.get("rounds")
    for part in ("formats", "inputs"):
        facts |= {f"{VERSION}{name}": version for name, version in sorted(environment.get(part, {}).items())}
    for name, jars in sorted(environment.get("own_jars", {}).items()):
        facts |= {f"jar {jar} of {name}": digest for jar, digest in sorted(jars.items())}
    for name, files in sorted(environment.get("replaced_jars", {}).items()):
        facts[f"replaced jars of {name}"] = ", ".join(files)
    return facts | {"parallelism": parallelism(run)}


def settings(run: Run) -> dict[str, Any]:
    """What the YAML file or Spark's defaults set, maybe the very change that is looked at; flat, name -> value."""
    facts = {f"Spark default {key}": value for key, value in sorted(run.environment.get("spark_defaults", {}).items())}
    facts |= {f"Spark setting {key}": value for key, value in sorted(run.options.get("conf", {}).items())}
    for name, properties in sorted(run.options.get("properties", {}).items()):
        facts |= {f"property {key} of {name}": value for key, value in sorted(properties.items())}
    for name, catalog in sorted(run.options.get("catalogs", {}).items()):
        facts |= {f"catalog of {name}, {key}": value for key, value in sorted(catalog.items())}
    return facts


def of_data(base: Record, head: Record) -> str | None:
    """Why two measurements of one case are of other data; None if they are of the same."""
    one, other = base["case"], head["case"]
    for key in ("dataset", "rows", "seed", "detail"):
        if one[key] != other[key]:
            return f"other data: {key} {one[key]}, now {other[key]}"
    digests = (base["expected"]["digest"], head["expected"]["digest"])
    if None not in digests and digests[0] != digests[1] and base["adaptations"] == head["adaptations"]:
        return "other data: another content is expected"
    return None


def of_cases(base: Record, head: Record) -> Iterator[str]:
    """What is another of a case itself: version of its format, table properties, adaptations."""
    one, other = base["case"]["format_version"], head["case"]["format_version"]
    if one != other:
        yield f"version {one}, now {other}"
    before, now = base["settings"]["table_properties"], head["settings"]["table_properties"]
    changed = sorted(name for name in {*before, *now} if before.get(name) != now.get(name))
    names = [name for name in changed if not _PLACE_OR_STATE.search(name)]
    if names:
        yield f"other table properties: {', '.join(names)}"
    if base["adaptations"] != head["adaptations"]:
        yield "other adaptations"


def parallelism(run: Run) -> str:
    """What decides how work is split: cores, and numbers of partitions where these are others.

    A cluster that has as many partitions as cores splits work as a local master with these cores does, which sets them.
    """
    executors = run.environment.get("executors")
    if executors is None:
        return _local_parallelism(str(run.options.get("master")), run.environment.get("cores"))
    cores = executors["cores"]
    others = [f"{name} {executors[name]}" for name in _PARTITIONS if executors[name] != cores]
    return ", ".join([f"{cores} cores", *others])


def renamed(parallelism: object) -> object:
    """As parallelism() says it; baselines made before it did have the local master."""
    return _local_parallelism(str(parallelism), None)


def _local_parallelism(master: str, cores: object) -> str:
    if not (master == "local" or master.startswith("local[")):
        return master  # of a cluster of which nothing more was recorded
    threads = master.removeprefix("local").strip("[]").split(",")[0] or "1"
    return f"{cores if threads == '*' else threads} cores"


def _rounded(key: str, value: Any) -> Any:
    """Memory in whole GiB: what a kernel keeps for itself is no difference."""
    return f"{value / _GIB:.0f} GiB" if key == "memory_bytes" and isinstance(value, int) else value


def _shown(value: Any) -> str:
    return "none" if value is None else str(value)[:60]
