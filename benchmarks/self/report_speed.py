"""What reports of many cases and of many runs take: seconds and bytes. No workload; needs no Spark.

python benchmarks/self/report_speed.py RUN.json [CASES] [RUNS]
"""

from __future__ import annotations

import copy
import itertools
import json
import sys
import tempfile
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any


def with_cases(document: dict[str, Any], count: int) -> dict[str, Any]:
    """The run file with so many cases: copies of its own, under other ids of the same operation and format."""
    made = {**document, "benchmarks": [], "otfbench": {**document["otfbench"], "outcomes": []}}
    numbered = ((number, each) for number in itertools.count() for each in document["benchmarks"])
    for number, benchmark in itertools.islice(numbered, count):
        case = copy.deepcopy(benchmark)
        record = case["extra_info"]["otfbench"]
        record["case"]["id"] = record["case"]["id"].replace("]", f"-{number}]") if number else record["case"]["id"]
        name = record["case"]["id"]
        made["benchmarks"].append(case)
        made["otfbench"]["outcomes"].append(
            {"id": name, "nodeid": name, "status": "passed", "reason": None, "verdict": record["verdict"]}
        )
    return made


def over_time(document: dict[str, Any], count: int, folder: Path) -> None:
    """So many run files, a day apart, the second half with another Spark."""
    start = datetime(2026, 1, 1, tzinfo=timezone.utc)
    for number in range(count):
        environment = document["otfbench"]["environment"] | ({"spark": "3.5.10"} if number >= count // 2 else {})
        at = (start + timedelta(days=number)).isoformat()
        later = document | {"datetime": at, "otfbench": document["otfbench"] | {"environment": environment}}
        (folder / f"{number + 1:04d}_made.json").write_text(json.dumps(later))


def main(run: str, cases: str = "2000", runs: str = "200") -> None:
    """Time the command itself, from its start to its end, but for the interpreter's."""
    from typer.testing import CliRunner

    from otfbench.cli import app

    document = json.loads(Path(run).read_text())
    with tempfile.TemporaryDirectory() as place:
        large, folder = Path(place, "large.json"), Path(place, "runs")
        folder.mkdir()
        large.write_text(json.dumps(with_cases(document, int(cases))))
        over_time(document, int(runs), folder)
        for arguments in (
            ["report", str(large), "-o", f"{place}/page.html"],
            ["report", str(large), "-o", f"{place}/text.md"],
            ["report", str(large), "-o", f"{place}/sheet.csv"],
            ["report", str(large), str(large), "-o", f"{place}/two.html"],
            ["report", "--history", str(folder), "-o", f"{place}/history.html"],
        ):
            start = time.perf_counter()
            result = CliRunner().invoke(app, arguments, catch_exceptions=False)
            print(f"{time.perf_counter() - start:.1f} s  {result.output.strip().removeprefix(place)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
