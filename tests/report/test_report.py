"""`otfbench report` on real run files: what it writes, and what it refuses."""

from __future__ import annotations

import csv
import json
import runpy
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from otfbench import cli
from otfbench.report.markdown import LIMIT_BYTES
from otfbench.report.output import MARK

DATA = Path(__file__).parents[1] / "recorded"
RUN = DATA / "runs" / "quick_a.json"
BASE, HEAD = DATA / "runs" / "parquet_a.json", DATA / "runs" / "parquet_b.json"
MANY = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "self" / "report_speed.py"))
HOSTILE = "</script><img src=x onerror=alert(1)>|`*@all"

Edit = Callable[[dict[str, Any]], Any]


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No otfbench.yaml and no saved runs but those that a test makes."""
    monkeypatch.chdir(tmp_path)


def report(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, ["report", *map(str, arguments)], catch_exceptions=False)


def written(*arguments: str | Path) -> str:
    """The text of a report of this kind."""
    result = report(*arguments)
    assert result.exit_code == 0
    return Path(arguments[-1]).read_text(encoding="utf-8")


def edited(path: Path, edit: Edit) -> Path:
    """A run file of this name, which is the real one but for this."""
    document = json.loads(RUN.read_text())
    edit(document)
    path.write_text(json.dumps(document))
    return path


def without_cases(document: dict[str, Any]) -> None:
    document["benchmarks"], document["otfbench"]["outcomes"] = [], []


def warm_and_together(document: dict[str, Any]) -> None:
    """As if its JVMs had been warm, and all of them up at once."""
    document["otfbench"]["options"]["warmup"] = 1
    document["otfbench"]["jvms"] = "together"


def of_hostile_names(document: dict[str, Any]) -> None:
    """Names and reasons that would be markup or script."""
    record = document["benchmarks"][0]["extra_info"]["otfbench"]
    record["case"]["id"] = record["case"]["operation"] + f"[{HOSTILE}]"
    record["case"]["dataset"] = HOSTILE
    record["adaptations"] = [{"column": HOSTILE, "from": "a", "to": "b", "reason": HOSTILE}]
    outcomes = document["otfbench"]["outcomes"]
    outcomes[0]["id"] = record["case"]["id"]
    outcomes[1] |= {"status": "failed", "reason": HOSTILE}
    outcomes[2] |= {"status": "skipped", "reason": f"unsupported: {HOSTILE}"}
    document["otfbench"]["environment"]["cpu"] = HOSTILE


# What is written


@pytest.mark.parametrize("suffix", ["html", "md", "csv"])
def test_suffix_decides_the_kind(suffix: str) -> None:
    """The suffix tells the kind; the command says what it wrote."""
    result = report(RUN, "-o", f"a.{suffix}")

    assert result.exit_code == 0 and result.output.startswith(f"a.{suffix}: ")
    assert Path(f"a.{suffix}").stat().st_size > 2_000


def test_markdown_as_stored() -> None:
    """Answers, doubts and what is unsupported, as a pull request shows them."""
    path = edited(Path("quick_a.json"), warm_and_together)
    assert written(path, "-o", "a.md") == (DATA / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("suffix", ["html", "md", "csv"])
def test_intervals_tell_their_level(suffix: str) -> None:
    """An interval without its level is no interval: each kind of report says it."""
    path = edited(Path("quick_a.json"), warm_and_together)
    assert "99 %" in written(path, "-o", f"a.{suffix}").partition(", for all questions together")[0][-40:]


def test_cold_jvms_answer_nothing() -> None:
    """A run without warm-up ranks nothing, and says why."""
    text = written(RUN, "-o", "a.md")

    assert "None of 24 questions is answered." in text
    assert text.count("these are times of cold JVMs") == 24 and "**iceberg**" not in text


def test_sheet_begins_as_stored() -> None:
    """One line per case and metric; of the first case all lines are as stored."""
    lines = written(RUN, "-o", "a.csv").splitlines()
    stored = (DATA / "report.csv").read_text(encoding="utf-8").splitlines()

    assert lines[: len(stored)] == stored


def test_sheet_has_every_case_and_metric() -> None:
    """Each case has a median that is the one of its rounds; a null has a reason; each other outcome has a status."""
    document = json.loads(RUN.read_text())
    records = {b["extra_info"]["otfbench"]["case"]["id"]: b["extra_info"]["otfbench"] for b in document["benchmarks"]}
    lines = list(csv.DictReader(written(RUN, "-o", "a.csv").splitlines()))

    found = {line["case"]: float(line["value"]) for line in lines if line["metric"] == "wall_s"}
    assert found == {name: median(each["wall_s"] for each in record["rounds"]) for name, record in records.items()}
    assert all(line["unit"] and (line["value"] or line["note"]) for line in lines if line["metric"] != "status")
    others = {o["id"] for o in document["otfbench"]["outcomes"] if o["status"] != "passed"}
    assert others == {line["case"] for line in lines if line["metric"] == "status"}


def test_what_a_format_reports_is_marked(tmp_path: Path) -> None:
    """What a format itself reports of a case has a table on the page and lines in the sheet, which say whose it is."""
    counts = {"added_rows": 12, "removed_rows": 0, "rewritten_rows": 45_678, "added_files": 1}

    def reporting(document: dict[str, Any]) -> None:
        records = [each["extra_info"]["otfbench"] for each in document["benchmarks"]]
        next(record for record in records if record["case"]["id"] == "merge[hudi]")["reported"] = counts

    path = edited(tmp_path / "reported.json", reporting)
    lines = list(csv.DictReader(written(path, "-o", "a.csv").splitlines()))
    of_the_format = [line for line in lines if line["note"] == "the format's own word"]
    page = written(path, "-o", "a.html")

    assert {(line["case"], line["metric"]): int(line["value"]) for line in of_the_format} == {
        ("merge[hudi]", f"reported_{name}"): count for name, count in counts.items()
    }
    assert [line["unit"] for line in of_the_format] == ["rows", "rows", "rows", "files"]
    table = page.partition("Table: rows and files, as the formats themselves report them")[2].partition("</table>")[0]
    assert (
        table.partition("<tbody>")[2].count("<tr>") == 1
        and "<td>45,678" in table
        and '<td class="quiet">&ndash;' in table
    )
    assert "as the formats themselves report" not in written(RUN, "-o", "a.html")


def test_dead_files_are_split(tmp_path: Path) -> None:
    """What is kept for time travel and what is an orphan is on the page and in the sheet, which says why it is not."""
    kept = {"time_travel_files": 2, "time_travel_bytes": 34_567, "orphan_files": 1, "orphan_bytes": 765}

    def splitting(document: dict[str, Any]) -> None:
        records = {each["extra_info"]["otfbench"]["case"]["id"]: each["extra_info"] for each in document["benchmarks"]}
        records["merge[hudi]"]["otfbench"]["storage"] |= kept
        untold = records["merge[iceberg]"]["otfbench"]
        untold["storage"] |= dict.fromkeys(kept)
        untold["unmeasured"] |= dict.fromkeys(kept, "nobody says")

    path = edited(tmp_path / "split.json", splitting)
    lines = [line for line in csv.DictReader(written(path, "-o", "a.csv").splitlines()) if line["metric"] in kept]
    page = written(path, "-o", "a.html")

    assert {line["metric"]: int(line["value"]) for line in lines if line["case"] == "merge[hudi]"} == kept
    untold = [(line["value"], line["note"]) for line in lines if line["case"] == "merge[iceberg]"]
    assert untold == [("", "nobody says")] * 4
    assert "<td>34.6 kB<td>2<td>765 B<td>1<td>" in page


def test_two_runs_are_compared() -> None:
    """Of two runs the last is shown against the first; the sheet holds both."""
    page, text = written(BASE, HEAD, "-o", "a.html"), written(BASE, HEAD, "-o", "a.md")
    runs = {line["run"] for line in csv.DictReader(written(BASE, HEAD, "-o", "a.csv").splitlines())}

    assert "Run parquet_b against run parquet_a" in page and "### Against run parquet\\_a" in text
    assert runs == {"parquet_a", "parquet_b"}


def test_clear_leader_is_the_winner() -> None:
    """On a steady machine a format that is far ahead of the others is the winner, in the page and in Markdown."""

    def steady(document: dict[str, Any]) -> None:
        document["otfbench"]["options"]["warmup"] = 1
        for ruler in document["otfbench"]["rulers"]:
            ruler["median_s"] = 1.0
        for benchmark in document["benchmarks"]:
            record = benchmark["extra_info"]["otfbench"]
            ahead = record["case"]["id"] == "merge[iceberg]"
            for measured in record["rounds"]:
                measured["wall_s"] = 10.0 if ahead else 20.0

    path = edited(Path("steady.json"), steady)
    page = written(path, "-o", "a.html")
    assert '<strong class="good">iceberg</strong><small>' in page and 'class="dot s3 full"' in page
    assert "| **iceberg**; " in written(path, "-o", "a.md")


def test_everything_is_in_the_page() -> None:
    """Each case, each reason and each doubt of the run file can be read in the page without any script."""
    document = json.loads(RUN.read_text())
    page = written(RUN, "-o", "a.html")

    for benchmark in document["benchmarks"]:
        case = benchmark["extra_info"]["otfbench"]["case"]
        assert f'id="operation-{case["operation"]}"' in page and f"<th>{case['format'] or ''}" in page
    for outcome in document["otfbench"]["outcomes"]:
        if outcome["status"] == "skipped":
            assert outcome["reason"].removeprefix("unsupported: ")[1:] in page and outcome["id"] in page


def test_large_run() -> None:
    """2,000 cases are a page below 5 MB with every case in it, and a Markdown text that GitHub takes."""
    large = Path("large.json")
    large.write_text(json.dumps(MANY["with_cases"](json.loads(RUN.read_text()), 2000)))

    page, text = written(large, "-o", "a.html"), written(large, "-o", "a.md")
    assert len(page.encode()) < 5_000_000 and page.count("<td>equal<td>") == 2000
    assert len(text.encode()) < LIMIT_BYTES and "more lines are left out" in text


def test_hostile_names() -> None:
    """Names and reasons are text, wherever they stand: in the page, in its data, in Markdown."""
    path = edited(Path("hostile.json"), of_hostile_names)

    page, text = written(path, "-o", "a.html"), written(path, "-o", "a.md")
    assert "<img src=x" not in page and page.count("</script>") == 4
    for line in text.splitlines():
        outside = "".join(line.split("`")[::2]) if "``" not in line else ""
        assert "<img" not in outside.replace("\\<", "") and "@all" not in outside


def test_run_without_a_case() -> None:
    """A run in which nothing was selected is a report that says so."""
    path = edited(Path("empty.json"), without_cases)

    for suffix in ("html", "md"):
        assert "no case has a number" in written(path, "-o", f"a.{suffix}")


@pytest.mark.parametrize("suffix", ["html", "md", "csv"])
def test_command_says_that_there_is_no_case(suffix: str) -> None:
    """So does the command, whatever it writes."""
    told = report(edited(Path("empty.json"), without_cases), "-o", f"a.{suffix}").output
    assert told.startswith(f"a.{suffix}: run empty, in which no case has a number (none was selected), ")
    skipped = edited(Path("skipped.json"), lambda document: document.update(benchmarks=[]))
    told = report(skipped, "-o", f"a.{suffix}").output
    assert "run skipped, in which no case has a number (" in told and "failed or were skipped)" in told


def test_run_with_failures_only() -> None:
    """Where every case failed, the report tells each with its reason."""

    def fail(document: dict[str, Any]) -> None:
        document["benchmarks"] = []
        for outcome in document["otfbench"]["outcomes"]:
            outcome |= {"status": "crashed", "reason": "The JVM died (exit code -9)\nlog"}

    path = edited(Path("failed.json"), fail)
    assert "The JVM died (exit code -9)" in written(path, "-o", "a.html")
    assert "crashed: The JVM died (exit code -9)" in written(path, "-o", "a.md")


# What is replaced, and what is not


def test_older_report_is_replaced() -> None:
    """A report is made again and again: an older one is replaced."""
    Path("a.html").write_text(f"{MARK}\nold")

    assert written(RUN, "-o", "a.html") != f"{MARK}\nold"


@pytest.mark.parametrize("suffix", ["html", "md", "csv"])
@pytest.mark.parametrize("content", [b"mine", b"", b"\xff\xfe"])
def test_foreign_file_is_left_alone(suffix: str, content: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is no report of ours is refused, and stays as it was; nothing is left beside it."""
    Path(f"a.{suffix}").write_bytes(content)

    assert failure(RUN, "-o", f"a.{suffix}") == 4
    assert "no report of otfbench" in capsys.readouterr().err
    assert [path.read_bytes() for path in Path().iterdir()] == [content]


# Bad input


def failure(*arguments: str | Path) -> int:
    """The exit code of the command as a shell sees it."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.setattr("sys.argv", ["otfbench", "report", *map(str, arguments)])
        cli.main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Which run?"),
        (["0099"], "There is no run '0099'"),
        (["broken.json"], "it is no JSON, or was cut off"),
        (["other.json"], "it is no run file"),
        ([RUN, "-o", "a.pdf"], "a.pdf: what it is to be is told by its suffix: .html, .md, .csv."),
        ([RUN, "-o", "no/a.html"], "there is no folder no"),
        ([RUN, "-o", "folder.html"], "is a folder"),
        (["--history", "-o", "a.html"], "There is no run in .benchmarks"),
        (["--history", "-o", "a.md"], "told by its suffix: .html."),
        (["--history", "a", "b"], "--history is about one folder"),
        ([RUN, "--config", "none.yaml"], "none.yaml"),
        ([RUN, "--hsitory"], "No such option: --hsitory"),
    ],
)
def test_bad_input(arguments: list[str | Path], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One screen that says what is wrong, exit code 4, and nothing is written."""
    Path("broken.json").write_text(RUN.read_text()[:5000])
    Path("other.json").write_text("{}")
    Path("folder.html").mkdir()
    before = set(Path().iterdir())

    assert failure(*arguments) == 4
    error = capsys.readouterr().err
    assert told in error and "Traceback" not in error and len(error.splitlines()) < 10
    assert set(Path().iterdir()) == before


def test_nothing_in_common(capsys: pytest.CaptureFixture[str]) -> None:
    """Runs without a case in common are not comparable: exit code 3, nothing is written."""

    def rename(document: dict[str, Any]) -> None:
        for benchmark in document["benchmarks"]:
            benchmark["extra_info"]["otfbench"]["case"]["id"] += "x"
        for outcome in document["otfbench"]["outcomes"]:
            outcome["id"] += "x"

    path = edited(Path("other.json"), rename)
    assert failure(RUN, path, "-o", "a.html") == 3
    assert "no case in common" in capsys.readouterr().err and not Path("a.html").exists()


# Templates of one's own


def use_template(text: str) -> None:
    Path("page.html").write_text(text)
    Path("otfbench.yaml").write_text("report: {template: page.html}\n")


def test_own_template() -> None:
    """A template of one's own gets the facts, and may take over ours in part."""
    right = "<p>{{ facts.verdicts.equal }} are right</p>"
    use_template('{% extends "otfbench/report.html" %}{% block doubts %}' + right + "{% endblock %}")
    page = written(RUN, "-o", "a.html")

    assert "are right</p>" in page and "What makes these numbers doubtful" not in page
    assert 'id="answers"' in page


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<p>\n{% for case in %}", "page.html:2: "),
        ("\n\n{{ facts.cases }}", "page.html:3: UndefinedError: "),
        ("{{ 1 / 0 }}", "page.html:1: ZeroDivisionError: division by zero"),
        ('{% extends "report.html" %}', "There is no template report.html"),
    ],
)
def test_broken_template(text: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A template with an error is told with file, line and cause; an older report stays."""
    use_template(text)
    Path("a.html").write_text(f"{MARK}\nold")

    assert failure(RUN, "-o", "a.html") == 4
    error = capsys.readouterr().err
    assert told in error and "Traceback" not in error
    assert Path("a.html").read_text() == f"{MARK}\nold"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("report: {template: none.html}", "none.html"),
        ("report: {templates: a.html}", "otfbench.yaml:1: report.templates: no such key"),
    ],
)
def test_broken_configuration(text: str, told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A template that is not there, or a key that is none, is told."""
    Path("otfbench.yaml").write_text(text)

    assert failure(RUN, "-o", "a.html") == 4
    assert told in capsys.readouterr().err


def test_what_each_operation_needs_least() -> None:
    """Space, writes, memory and CPU have answers of their own; who is not ranked by time is not ranked by them."""

    def unequal(document: dict[str, Any]) -> None:
        warm_and_together(document)
        for benchmark in document["benchmarks"]:
            record = benchmark["extra_info"]["otfbench"]
            if record["case"]["id"] == "merge[delta]":
                record["verdict"] = "unchecked"

    def line(document: Path) -> str:
        text = written(document, "-o", "a.md").partition("### What else each operation needs least")[2]
        return next(each for each in text.splitlines() if each.startswith("| merge |"))

    path = edited(Path("some.json"), unequal)
    assert "| delta, paimon (hudi 1.10x) |" in line(edited(Path("all.json"), warm_and_together))
    assert "delta" not in line(path) and "| paimon (hudi 1.10x) |" in line(path)
    assert "Table: who needs the least space" in written(path, "-o", "a.html")
