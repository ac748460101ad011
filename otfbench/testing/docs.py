"""The page about Spark lines: what the lock has for each, and what recorded runs of the contract suites found.

Run where the suites ran: pytest tests/formats tests/inputs --junitxml=build/contracts.xml, then:
python -m otfbench.testing.docs build/contracts.xml docs/spark-based-data/spark-lines.{json,md}

Knows no format by name.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from otfbench.registry import format_names, input_names, load_input
from otfbench.registry.packages import profile
from otfbench.spark.jars import Profile, profiles
from otfbench.spark.java import find_java

_TABLES = re.compile(r"(?<=<!-- lines -->\n\n).*?(?=\n<!-- end of lines -->)", re.DOTALL)
_SUITE = re.compile(r"\b(formats|inputs)\.\w+\.Test(\w+)$")

SuiteResults = Mapping[str, Any]
"""Profile -> `java` and, for `formats` and `inputs`, name -> version (null: Spark's), passed, skipped, failed."""


def contracts(junit: str, line: Profile) -> dict[str, dict[str, dict[str, Any]]]:
    """What a run of the contract suites on a line found, of JUnit's XML: `formats` and `inputs`, each by name.

    A suite all of whose tests were skipped is left out: the line has nothing for it.
    """
    counts: dict[tuple[str, str], Counter[str]] = {}
    names = {"formats": format_names(), "inputs": input_names()}  # other classes are no contract suites
    for case in ElementTree.fromstring(junit).iter("testcase"):
        if suite := _SUITE.search(case.get("classname", "")):
            kind, name = suite[1], re.sub(r"(?<=[a-z])(?=[A-Z])", "-", suite[2]).lower()
            if name not in names[kind]:
                continue
            failed, skipped = (any(case.find(tag) is not None for tag in tags) for tags in _TAGS)
            counts.setdefault((kind, name), Counter())["failed" if failed else "skipped" if skipped else "passed"] += 1
    found: dict[str, dict[str, dict[str, Any]]] = {"formats": {}, "inputs": {}}
    for (kind, name), count in sorted(counts.items()):
        if count["passed"] or count["failed"]:
            outcomes = {each: count[each] for each in ("passed", "skipped", "failed")}
            found[kind][name] = {"version": _version(line, kind, name), **outcomes}
    return found


_TAGS = (("failure", "error"), ("skipped",))


def page(text: str, record: SuiteResults, lines: Sequence[Profile]) -> str:
    """The page with what stands between its two marks made anew; what else it says is written by hand."""
    tables = [
        *_table("table format", format_names(), "formats", record, lines),
        "",
        *_table("input", input_names(), "inputs", record, lines),
    ]
    return _TABLES.sub(lambda _: "\n".join(tables) + "\n", text)


def _table(kind: str, names: Iterable[str], key: str, record: SuiteResults, lines: Sequence[Profile]) -> Iterator[str]:
    heads = [
        f"`{each.name}`: Spark {each.spark}" + (f", Java {record[each.name]['java']}" if each.name in record else "")
        for each in lines
    ]
    yield f"| {kind} | {' | '.join(heads)} |"
    yield "| --- " * (len(heads) + 1) + "|"
    for name in names:
        cells = (_cell(_version(each, key, name), record.get(each.name, {}).get(key, {}).get(name)) for each in lines)
        yield f"| `{name}` | {' | '.join(cells)} |"


def _cell(version: str | None, found: Mapping[str, Any] | None) -> str:
    """A version, and what its contract suite found; a run of another version says nothing of this one."""
    if version is None:
        return "unsupported: no jars"
    if found is None or found["version"] != version:
        return f"{version}: not recorded"
    counts = [f"{found[each]} {each}" for each in ("passed", "skipped", "failed") if found[each]]
    return f"{version}: {', '.join(counts)}"


def _version(line: Profile, kind: str, name: str) -> str | None:
    """What the line has of a format or an input: Spark itself where that needs no package."""
    package = name if kind == "formats" else load_input(name).package
    if package is None:
        return line.spark
    return line.packages[package].version if package in line.packages else None


def write(junit: Path, record: Path, path: Path) -> None:
    """Record a run of the installed Spark's line, and renew the page."""
    known = json.loads(record.read_text()) if record.exists() else {}
    line = profile()
    known[line.name] = {"java": find_java().version, **contracts(junit.read_text(encoding="utf-8"), line)}
    record.write_text(json.dumps(dict(sorted(known.items())), indent=1) + "\n")
    path.write_text(page(path.read_text(encoding="utf-8"), known, profiles()), encoding="utf-8")


if __name__ == "__main__":
    write(*map(Path, sys.argv[1:4]))
