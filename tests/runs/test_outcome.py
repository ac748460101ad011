"""A run's outcomes, the steps that a case may take, and the journal of a run that was killed."""

import errno
import json
import os
from itertools import product
from unittest.mock import Mock

import pytest

from otfbench.errors import StatusError, UsageError
from otfbench.runs.journal import Journal
from otfbench.runs.outcome import SCHEMA, Outcome, Run, Status

ALLOWED = {
    ("planned", "running"),
    ("planned", "skipped"),
    ("running", "passed"),
    ("running", "failed"),
    ("running", "skipped"),
    ("running", "crashed"),
}
STEPS = sorted((before.value, after.value) for before, after in product(Status, Status))
OPTIONS = {"rows": 1000, "formats": ["a", "b"], "seed": 42}
ENVIRONMENT = {"java": "17.0.15", "cores": 2, "jars": {"a.jar": "00"}, "git_commit": None}


def run(**changed: object) -> Run:
    """A run with the options and the environment above; those that are named differ."""
    options = {name: changed.get(name, value) for name, value in OPTIONS.items()}
    return Run({name: changed.get(name, value) for name, value in ENVIRONMENT.items()}, options)


def passed(name: str) -> Outcome:
    """The outcome of a case that passed."""
    return Outcome(name, f"test_x.py::{name}", Status.PASSED, verdict="equal")


@pytest.fixture
def path(tmp_path):
    """Where the journal is: in a folder that isn't there yet."""
    return tmp_path / "runs" / "journal.jsonl"


@pytest.fixture
def journal(path):
    """A journal that was begun, as the killed run left it."""
    journal = Journal(path)
    journal.begin(run())
    return journal


# Outcomes and runs


@pytest.mark.parametrize(("before", "after"), [step for step in STEPS if step in ALLOWED])
def test_allowed_step(before, after):
    """An allowed step sets the status and the reason."""
    outcome = Outcome("convert[a-csv]", "n", Status(before))
    outcome.advance(Status(after), "because")
    assert (outcome.status, outcome.reason) == (Status(after), "because")


@pytest.mark.parametrize(("before", "after"), [step for step in STEPS if step not in ALLOWED])
def test_refused_step(before, after):
    """Every other step is an error that names the case and both; the case stays where it is."""
    outcome = Outcome("convert[a-csv]", "n", Status(before), "why")
    with pytest.raises(StatusError) as error:
        outcome.advance(Status(after))
    assert str(error.value) == f"Case convert[a-csv] is {before} and can't become {after}."
    assert (outcome.status, outcome.reason) == (Status(before), "why")


def test_every_status():
    """These are all the places where a case can be."""
    assert {status.value for status in Status} == {"planned", "running", "passed", "failed", "skipped", "crashed"}


def test_new_outcome():
    """A new outcome is planned, and nobody has checked anything; that is how the run file has it."""
    assert Outcome("convert[a-csv]", "test_x.py::y").as_dict() == {
        "id": "convert[a-csv]",
        "nodeid": "test_x.py::y",
        "status": "planned",
        "reason": None,
        "verdict": "unchecked",
    }


def test_reason_of_a_later_step():
    """A step without a reason clears the one before."""
    outcome = Outcome("c", "n", Status.RUNNING, "it runs")
    outcome.advance(Status.PASSED)
    assert outcome.reason is None


def test_reason_can_be_written():
    """A reason with half a character in it, as of a file's name, is one that a run file can hold."""
    outcome = Outcome("c", "n", Status.RUNNING)
    outcome.advance(Status.FAILED, "no file caf\udce9.csv")
    assert outcome.reason == "no file caf?.csv"


def test_run_file():
    """A run file has these keys, and every outcome in order, whatever became of it."""
    measured = run()
    measured.outcomes = {"1": passed("x"), "2": Outcome("y", "2", Status.CRASHED, "killed")}
    measured.rulers.append({"when": "before"})
    written = measured.as_dict()
    assert list(written) == [
        *("schema", "environment", "options", "load_per_core_before"),
        *("jvms", "order_seed", "idle", "spent", "rulers", "fidelity", "outcomes"),
    ]
    assert written["schema"] == SCHEMA and written["rulers"] == [{"when": "before"}]
    assert [outcome["status"] for outcome in written["outcomes"]] == ["passed", "crashed"]


def test_run_file_is_json():
    """A run file survives JSON unchanged."""
    measured = run()
    measured.outcomes, measured.load_per_core = {"1": passed("x")}, 0.25
    assert json.loads(json.dumps(measured.as_dict())) == measured.as_dict()


def test_runs_share_nothing():
    """Two runs don't share their outcomes or rulers."""
    one, other = run(), run()
    assert one.outcomes is not other.outcomes and one.rulers is not other.rulers


# The journal


def test_resume_returns_what_was_added(journal, path, finished):
    """What was added comes back as it was, in order, by another process that knows only the path."""
    failed = Outcome("y", "n", Status.FAILED, "line 1\nline 2", "unequal")
    journal.add(*finished("append[parquet]"))
    journal.add(failed, None, [])
    assert Journal(path).resume(run()) == [finished("append[parquet]"), (failed, None, [])]
    assert Journal(path).damaged() == []


def test_resume_before_the_first_case(journal):
    """A run that was killed before its first case ended goes on with nothing."""
    assert journal.resume(run()) == []


def test_on_disk_at_once(journal, path):
    """Each case is one line, there as soon as it was added."""
    for number in range(3):
        journal.add(passed(f"case {number}"), None, [])
        assert len(path.read_text().splitlines()) == number + 2


@pytest.mark.parametrize("left", [1, 20, -2], ids=lambda left: f"[:{left}]")
def test_cut_off_line(journal, path, left):
    """A last line that was cut off by the kill is left out, wherever it was cut."""
    journal.add(passed("x"), None, [])
    whole = path.read_text()
    journal.add(passed("y"), None, [])
    path.write_text(whole + path.read_text()[len(whole) :][:left])
    assert [outcome.id for outcome, _, _ in journal.resume(run())] == ["x"]


@pytest.mark.parametrize("left", [20, -1], ids=["within", "before its end"])
def test_killed_twice(journal, path, left):
    """What a resumed run adds after a line that was cut off is there for the next one."""
    journal.add(passed("x"), None, [])
    path.write_text(path.read_text()[:left] if left < 0 else path.read_text() + '{"outcome": {"id"')
    before = [outcome.id for outcome, _, _ in journal.resume(run())]
    journal.add(passed("y"), None, [])
    assert [outcome.id for outcome, _, _ in journal.resume(run())] == [*before, "y"]


@pytest.mark.parametrize("left", [0, 10], ids=["empty", "cut off"])
def test_killed_at_the_beginning(journal, path, left):
    """A journal that doesn't say which run it is of is none."""
    path.write_text(path.read_text()[:left])
    with pytest.raises(UsageError, match="There is no run to go on with"):
        journal.resume(run())


def test_resume_nothing(path):
    """Without a journal there is nothing to resume: the error names the file and what to do."""
    with pytest.raises(UsageError) as error:
        Journal(path).resume(run())
    assert str(error.value) == f"There is no run to go on with: {path} is not there. Start without --otf-resume."


def test_older_journal(journal, path):
    """A journal of another version of otfbench is not gone on with: its records are others."""
    path.write_text(path.read_text().replace(f'"schema": {SCHEMA}, ', ""))
    with pytest.raises(UsageError, match=r"written by another version of otfbench\. Start without --otf-resume\."):
        journal.resume(run())


def test_other_options(journal, path):
    """With other options, all that differ are named, with what they were and are; those that don't, are not."""
    with pytest.raises(UsageError) as error:
        journal.resume(run(rows=7, formats=["a"]))
    assert str(error.value) == (
        f"The run in {path} had other options: formats was ['a', 'b'], is ['a']; rows was 1000, is 7.\n"
        "Start without --otf-resume."
    )


def test_other_environment(journal):
    """A run on another Java can't be gone on with."""
    with pytest.raises(UsageError, match=r"had other environment: java was '17\.0\.15', is '21'\."):
        journal.resume(run(java="21"))


def test_option_that_was_not_there(journal):
    """An option that the journal doesn't know, as after an update, was None."""
    newer = run()
    newer.options["variant"] = "cow"
    with pytest.raises(UsageError, match="had other options: variant was None, is 'cow'"):
        journal.resume(newer)


def test_refused_resume_keeps_the_journal(journal, path):
    """A resume that is refused changes nothing: with the right options it still works."""
    journal.add(passed("x"), None, [])
    before = path.read_bytes()
    with pytest.raises(UsageError):
        journal.resume(run(rows=7))
    assert path.read_bytes() == before


def test_begin_starts_over(journal):
    """A new run forgets what the one before left."""
    journal.add(passed("x"), None, [])
    journal.begin(run(rows=7))
    assert journal.resume(run(rows=7)) == []


def test_end_leaves_nothing_to_resume(journal, path):
    """After the end nothing is left to resume, and ending twice is no error."""
    journal.end()
    journal.end()
    assert not path.exists()


def test_two_runs_in_one_folder(journal, path):
    """A run that begins where another goes on is refused, and that one's journal stays; then it has its own."""
    journal.claim()
    journal.add(passed("x"), None, [])
    with pytest.raises(UsageError, match=r"Another run goes on in .*runs\. .*--benchmark-storage"):
        Journal(path).claim()
    journal.close()
    second = Journal(path)
    second.claim()
    assert [outcome.id for outcome, _, _ in second.resume(run())] == ["x"]


def test_one_run_takes_the_journal(tmp_path, at_once):
    """Of two runs that begin at one moment one has the journal, and the other is refused; 60 times."""

    def begin(barrier):
        journal = Journal(path)
        try:
            journal.claim()
        except UsageError:
            barrier.wait(60)
            return "refused"
        journal.begin(run())
        journal.add(passed(str(os.getpid())), None, [])
        barrier.wait(60)
        return "begun"

    for number in range(60):
        path = tmp_path / f"runs {number}" / "journal.jsonl"
        assert sorted(at_once(2, begin)) == ["begun", "refused"]
        assert len(Journal(path).resume(run())) == 1  # both have ended


def test_begin_keeps_the_lock(journal, path):
    """A run that starts over has the journal all the same."""
    journal.claim()
    journal.begin(run())
    with pytest.raises(UsageError, match="Another run goes on"):
        Journal(path).claim()


def test_claim_leaves_nothing(path):
    """A run that ends before its journal has a line leaves neither file nor folder."""
    journal = Journal(path)
    journal.claim()
    journal.close()
    journal.close()
    assert not path.parent.exists()


def test_journal_is_a_link(path, tmp_path):
    """What a link with the name of the journal leads to is not written to."""
    path.parent.mkdir()
    (tmp_path / "theirs").write_text("theirs")
    path.symlink_to(tmp_path / "theirs")
    with pytest.raises(UsageError, match="journal.jsonl is a link, or no file"):
        Journal(path).claim()
    assert (tmp_path / "theirs").read_text() == "theirs"


def test_journal_where_there_are_no_locks(path, monkeypatch):
    """Where the file system has no locks the error says so, and what to do."""
    monkeypatch.setattr("fcntl.flock", Mock(side_effect=OSError(errno.ENOLCK, "No locks available")))
    with pytest.raises(UsageError, match=r"no locks \(flock\)\. .* name another folder: --benchmark-storage"):
        Journal(path).claim()
