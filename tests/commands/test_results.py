"""The commands on saved runs, as they are called: what they print, what they leave, and every exit code."""

from __future__ import annotations

import copy
import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from otfbench import cli
from otfbench.commands.output import Exit
from otfbench.compare.gate import NO_TIME

DATA = Path(__file__).parents[1] / "recorded"
A, B = (str(DATA / "runs" / f"parquet_{letter}.json") for letter in "ab")
CASE = "append[parquet]"


@pytest.fixture
def otfbench(monkeypatch, tmp_path, capsys):
    """Runs the command in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["otfbench", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return end.value.code or 0, out, err

    return run


@pytest.fixture
def changed(document, write):
    """Writes the recorded run with figures of the case changed: `changed(stages=1)` adds one."""

    def written(name: str = "head.json", factor: float = 1.0, **by: int) -> str:
        head = copy.deepcopy(document)
        case = record(head)
        for figure, change in by.items():
            case["counters"][figure] += change
        for each in case["rounds"]:
            each["wall_s"] *= factor
        return str(write(head, name))

    return written


def record(document: dict[str, Any]) -> dict[str, Any]:
    """The record of the case."""
    records = (benchmark["extra_info"]["otfbench"] for benchmark in document["benchmarks"])
    return next(each for each in records if each["case"]["id"] == CASE)


# compare


def test_compare_as_stored(otfbench):
    """Two recorded runs of the same, as a reader sees them."""
    code, out, err = otfbench("compare", A, B)
    assert (code, err) == (0, "")
    assert out == (DATA / "compare.txt").read_text()


def test_compare_of_a_changed_run_as_stored(otfbench, document, write):
    """More work, less work, other work, a missing case and a slower one, as a reader sees them."""
    by_id = {each["extra_info"]["otfbench"]["case"]["id"]: each for each in document["benchmarks"]}
    figures = {name: each["extra_info"]["otfbench"] for name, each in by_id.items()}
    figures["append[parquet]"]["counters"]["stages"] += 1
    figures["append[parquet]"]["counters"]["shuffle_write_bytes"] += 25_700_000
    figures["group[parquet]"]["counters"]["jobs"] -= 1
    figures["look_up[parquet]"]["counters"]["output_records"] += 1
    for each in figures["filter[parquet]"]["rounds"]:
        each["wall_s"] *= 200
    document["benchmarks"].remove(by_id["project[parquet]"])
    code, out, _ = otfbench("compare", B, str(write(document, "head.json")))
    assert code == 1 and out == (DATA / "compare_changed.txt").read_text()
    assert max(map(len, out.splitlines())) <= 100


def test_compare_json(otfbench, changed):
    """For programs: every case with verdict, ratio, interval and what moved."""
    code, out, _ = otfbench("compare", A, changed(stages=1), "--json")
    found = json.loads(out)
    case = next(each for each in found["cases"] if each["id"] == CASE)
    assert code == 1 and found["verdicts"]["regressed"] == 1
    assert case["changed_counters"] == [{"name": "stages", "base": 1, "head": 2}] and set(case["ratio"]) == {
        "ratio",
        "low",
        "high",
    }


def test_compare_exit_codes(otfbench, changed):
    """1 for more work, 2 for time alone, 0 for less work; 1 wins over 2."""
    assert otfbench("compare", A, changed(stages=1))[0] == 1
    assert otfbench("compare", A, changed(factor=300))[0] == 2
    assert otfbench("compare", A, changed(factor=300, stages=1))[0] == 1
    assert otfbench("compare", changed(stages=1), A)[0] == 0


def test_compare_other_machine(otfbench, document, write):
    """With another machine the counters are compared, and it is said that the times are not."""
    document["otfbench"]["environment"]["cpu"] = "Z80"
    code, out, _ = otfbench("compare", A, str(write(document)))
    assert code == 0 and "times are not compared: CPU was AMD EPYC, is Z80" in out and "time: not compared" in out


def test_compare_nothing_in_common(otfbench, document, write):
    """Runs of other data are not comparable: exit code 3, on standard error."""
    for each in document["benchmarks"]:
        each["extra_info"]["otfbench"]["case"]["rows"] = 7
    code, out, err = otfbench("compare", A, str(write(document)))
    assert (code, out) == (3, "") and "other data: rows 5000, now 7" in err


# list


def test_list_shows_runs_and_unreadable_files(otfbench, document, write, tmp_path):
    """Saved runs, a line each; a file that is no run is listed with the reason."""
    write(document, "0001_a.json")
    write("{", "broken.json")
    code, out, _ = otfbench("list", "--storage", ".")
    head, first, broken = out.splitlines()
    assert code == 0 and head.split() == ["run", "when", "commit", "data", "profile", "cases"]
    assert first.startswith("0001  2026-11-24 15:04") and "quick, 5,000 rows of trips" in first
    assert first.endswith("16 equal, 11 skipped") and broken.startswith("can't be read: broken.json: it is no JSON")


@pytest.mark.parametrize("command", [["list", "--storage", "."], ["report", ".", "--history", "-o", "a.html"]])
def test_bad_files_hide_no_good_one(otfbench, document, write, tmp_path, command):
    """Whatever else lies in a folder of runs, each bad file is one line, and the good ones are shown."""
    write(document, "0001_a.json")
    write("[" * 100_000, "0002_deep.json")
    write('{"otfbench": "\\ud800"}', "0003_half_a_character.json")
    write(f'{{"otfbench": {"9" * 5000}}}', "0004_huge.json")
    document["otfbench"]["fidelity"] = {"parquet": [{"outcome": "kept"}]}
    write(document, "0005_no_cell.json")
    (tmp_path / "0006_folder.json").mkdir()
    os.mkfifo(tmp_path / "0007_pipe.json")
    code, out, err = otfbench(*command)
    bad = [line for line in (out + err).splitlines() if ": it " in line]
    assert code == 0 and [re.findall(r"000\d", line)[0] for line in bad] == [f"000{n}" for n in range(2, 8)]
    assert "0001  2026-11-24" in out or "a.html: 1 run of ." in out


def test_file_moves_no_cursor(otfbench, document, write):
    """What a file says is text: no escape sequence of it reaches the terminal."""
    document["otfbench"]["options"]["suite"] = "\x1b[2J\x9b31m\u202e"
    document["otfbench"]["outcomes"][-1] |= {"status": "failed", "reason": "\x1b]0;mine\x07"}
    write(document, "0001_a.json")
    for command in (["list", "--storage", "."], ["compare", A, "0001_a.json"]):
        _, out, err = otfbench(*command)
        assert "?[2J?31m?" in out and not set("\x1b\x9b\x07\u202e") & set(out + err)


@pytest.mark.parametrize("command", [["report", "bad.json"], ["compare", A, "bad.json"], ["compare", "bad.json", A]])
def test_damaged_run_is_one_line(otfbench, document, write, command):
    """A file that is no whole run is one line on standard error, for each command, and exit code 4."""
    record(document)["rounds"][0]["process_cpu_s"] = -3600
    write(document, "bad.json")
    code, out, err = otfbench(*command)
    assert (code, out) == (4, "") and len(err.splitlines()) == 1
    assert "rounds.0.process_cpu_s: must be greater than or equal to 0" in err


def test_list_json(otfbench, document, write):
    """For programs: a mapping per file."""
    write(document, "0001_a.json")
    [found] = json.loads(otfbench("list", "--storage", ".", "--json")[1])
    assert (found["run"], found["cases"], found["verdicts"]) == ("0001", 16, {"equal": 16})


def test_list_nothing(otfbench, tmp_path):
    """An empty folder has no runs; one that isn't there is an error that says how runs are saved."""
    assert otfbench("list", "--storage", ".")[1].startswith("no runs in .")
    code, _, err = otfbench("list")
    assert code == 4 and ".benchmarks is no folder" in err and "--benchmark-autosave" in err


# gate


@pytest.fixture
def baseline(otfbench) -> str:
    """A baseline made of the recorded run."""
    assert otfbench("gate", A, "--baseline", "base.json", "--update")[:2] == (
        0,
        "16 cases, all new\nbase.json: written\n",
    )
    return "base.json"


def test_gate_green(otfbench, baseline):
    """Another recorded run of the same is green; what is not gated is told."""
    code, out, _ = otfbench("gate", B, "--baseline", baseline)
    assert code == 0 and "gate: green; 221 numbers checked against base.json" in out
    assert "not gated, differed between rounds: scan[parquet] (input_bytes)" in out


def test_gate_red(otfbench, baseline, changed):
    """More work is red: case, counter, both values, the command to reproduce it, the one to accept it."""
    code, out, _ = otfbench("gate", changed(stages=1), "--baseline", baseline)
    assert code == 1
    assert "RED  append[parquet]: stages 1 -> 2: more work" in out
    assert "  reproduce: otfbench run 'benchmarks/test_change.py::test_append[parquet]' --otf-suite quick" in out
    assert "--baseline base.json --update" in out and "gate: red: 1 finding in 1 case" in out


def test_gate_json(otfbench, baseline, changed):
    """For programs: the verdict, and each finding."""
    code, out, _ = otfbench("gate", changed(stages=1), "--baseline", baseline, "--json")
    found = json.loads(out)
    assert (code, found["verdict"], [each["figure"] for each in found["red"]]) == (1, "red", ["stages"])


def test_gate_improved(otfbench, changed):
    """Less work passes, is told, and stays out of the baseline until it is asked for."""
    otfbench("gate", changed(stages=1), "--baseline", "base.json", "--update")
    before = Path("base.json").read_text()
    code, out, _ = otfbench("gate", A, "--baseline", "base.json")
    assert code == 0 and "improved  append[parquet]: stages 2 -> 1: less work" in out
    assert Path("base.json").read_text() == before
    assert otfbench("gate", A, "--baseline", "base.json", "--update")[1].startswith("append[parquet]: stages 2 -> 1\n")
    assert Path("base.json").read_text() != before


def test_gate_that_checks_nothing(otfbench, baseline, write):
    """A baseline without a number is an error (4), and so is a run of which no number can be compared (3)."""
    content = json.loads(Path(baseline).read_text())
    empty = str(write(content | {"cases": {}}, "empty.json"))
    code, out, err = otfbench("gate", A, "--baseline", empty)
    assert (code, out) == (4, "") and "it holds no number" in err
    run = json.loads(Path(A).read_text())
    for each in (benchmark["extra_info"]["otfbench"] for benchmark in run["benchmarks"]):
        each["counters"], each["storage"] = dict.fromkeys(each["counters"]), None
    code, out, err = otfbench("gate", str(write(run, "unknown.json")), "--baseline", baseline)
    assert (code, out) == (3, "") and "No number of the run could be held to the baseline" in err


def test_gate_update_of_the_same(otfbench, baseline):
    """A run that is as the baseline leaves it alone."""
    before = Path(baseline).stat().st_mtime_ns
    assert otfbench("gate", A, "--baseline", baseline, "--update")[1] == "base.json: nothing changed\n"
    assert Path(baseline).stat().st_mtime_ns == before


def test_gate_update_of_a_failed_run(otfbench, baseline, document, write):
    """A run in which a case failed leaves the baseline as it is."""
    document["otfbench"]["outcomes"][0].update(status="failed", reason="x")
    before = Path(baseline).read_bytes()
    code, _, err = otfbench("gate", str(write(document)), "--baseline", baseline, "--update")
    assert code == 4 and "Nothing was written." in err and Path(baseline).read_bytes() == before


def test_gate_update_of_a_damaged_baseline(otfbench):
    """What can't be read as a baseline is not overwritten."""
    Path("base.json").write_text("precious")
    code, _, err = otfbench("gate", A, "--baseline", "base.json", "--update")
    assert code == 4 and "no JSON" in err and Path("base.json").read_text() == "precious"


@pytest.mark.parametrize(
    ("key", "value", "told"), [("profile", "spark-4.1", "profile: spark-3.5, now spark-4.1"), ("spark", "4", "Spark:")]
)
def test_gate_not_comparable(otfbench, baseline, document, write, key, value, told):
    """A baseline of another kind of run is exit code 3, and says what differs."""
    document["otfbench"]["environment"][key] = value
    code, _, err = otfbench("gate", str(write(document)), "--baseline", baseline)
    assert code == 3 and told in err


def test_gate_exceptions(otfbench, baseline, changed):
    """otfbench.yaml, or the file that is named, lets findings pass until a day; then it is an error."""
    entry = "gate:\n  exceptions:\n    - {case: 'append[parquet]', counter: stages, reason: known, until: %s}\n"
    Path("otfbench.yaml").write_text(entry % "2126-01-31")
    code, out, _ = otfbench("gate", changed(stages=1), "--baseline", baseline)
    assert code == 0 and "excused until 2126-01-31  append[parquet]: stages 1 -> 2: more work (known)" in out
    assert "this exception excuses nothing" in otfbench("gate", A, "--baseline", baseline)[1]
    Path("old.yaml").write_text(entry % "2020-01-31")
    code, _, err = otfbench("gate", A, "--baseline", baseline, "--config", "old.yaml")
    assert code == 4 and "(append[parquet], stages) has expired on 2020-01-31 (known)" in err


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("{case: a, until: 2126-01-31}", "otfbench.yaml:3: gate.exceptions[0].reason: is missing"),
        ("{case: a, reason: b}", "gate.exceptions[0].until: is missing"),
        ("{case: a, reason: b, until: soon}", "gate.exceptions[0].until soon: must be a date: 2026-12-31"),
        ("{case: a, counter: wall_s, reason: b, until: 2126-01-31}", NO_TIME),
        ("{case: a, counter: stage, reason: b, until: 2126-01-31}", "Did you mean 'stages'?"),
        ("{case: a, reasons: b, until: 2126-01-31}", "no such key. Did you mean 'reason'?"),
    ],
)
def test_gate_wrong_exceptions(otfbench, baseline, entry, told):
    """A wrong exception is one screen that names it, and exit code 4."""
    Path("otfbench.yaml").write_text(f"gate:\n  exceptions:\n    - {entry}\n")
    code, _, err = otfbench("gate", A, "--baseline", baseline)
    assert code == 4 and told in err


def test_gate_time(otfbench, baseline):
    """Who asks for times is told why they are not gated."""
    code, _, err = otfbench("gate", A, "--baseline", baseline, "--time")
    assert code == 4 and NO_TIME in err


# export


def test_export_to_a_file(otfbench):
    """A form is written to a file that isn't there yet; one that is there is left as it is."""
    assert otfbench("export", A, "--to", "bmf", "-o", "out.json") == (0, "", "")
    Path("mine.json").write_text("mine")
    code, _, err = otfbench("export", A, "--to", "bmf", "-o", "mine.json")
    assert code == 4 and "is there already" in err and Path("mine.json").read_text() == "mine"
    assert sorted(path.name for path in Path().iterdir()) == ["mine.json", "out.json"]


def test_export_to_the_terminal(otfbench):
    """Without -o the form is printed, and nothing else."""
    assert CASE in json.loads(otfbench("export", A, "--to", "bmf")[1])
    assert next(csv.reader(otfbench("export", A, B, "--to", "otava")[1].splitlines()))[:3] == [
        "time",
        "commit",
        "branch",
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--to", "asv"], "--to asv: no such form. There are: bmf, smaller-is-better, otava."),
        (["--to", "bmf", "-o", "no/such/folder/x"], "can't be written: No such file or directory."),
        ([B, "--to", "bmf"], "The form bmf holds one run, and 2 were named."),
    ],
)
def test_export_refused(otfbench, arguments, told):
    """What can't be exported is told, and nothing is left."""
    code, out, err = otfbench("export", A, *arguments)
    assert (code, out) == (4, "") and told in err and not list(Path().iterdir())


# All of them


@pytest.mark.parametrize("command", ["compare", "list", "gate", "export"])
def test_each_command_has_an_example(command):
    """Each command has help with an example."""
    result = CliRunner().invoke(cli.app, [command, "--help"])
    assert result.exit_code == 0 and f"Example: otfbench {command}" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare", A],
        ["compare", A, B, "--jsn"],
        ["compare", A, "0042"],
        ["compare", A, __file__],
        ["gate", A],
        ["gate", A, "--baseline", "nothing.json"],
        ["gate", A, "--baseline", A],
        ["gate", A, "--baseline", "x", "--config", "nothing.yaml"],
        ["export", A],
        ["list", "--storage", __file__],
        ["lst"],
    ],
    ids=lambda arguments: " ".join(Path(each).name for each in arguments),
)
def test_usage_error_leaves_nothing_behind(otfbench, arguments):
    """What is asked for wrongly is one screen on standard error, exit code 4, and leaves nothing behind."""
    code, out, err = otfbench(*arguments)
    assert (code, out) == (4, "") and err.startswith("otfbench: ") and not list(Path().iterdir())


def test_no_spark():
    """The commands on saved runs load neither pyspark nor the statistics of SciPy."""
    script = (
        "import sys; sys.argv = ['otfbench', 'compare', sys.argv[1], sys.argv[2]]\n"
        "from otfbench import cli\ntry: cli.main()\nexcept SystemExit: pass\n"
        "assert not {'pyspark', 'py4j', 'scipy.stats', 'pandas'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script, A, B], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "module"), [(["report", A, "-o", "page.html"], "altair"), (["compare", A, B], "scipy")]
)
def test_without_the_extra(tmp_path, arguments, module):
    """Where the packages of the extra `report` are not installed, the command that installs them is said."""
    code = f"import sys; sys.modules[{module!r}] = None; from otfbench.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (Exit.USAGE, "")
    assert done.stderr == f"otfbench: {module} is not installed: pip install 'otfbench[report]'\n"
