"""`--otf-resume` on a journal that nobody can read: one screen, before anything is started."""

from __future__ import annotations

import pytest

import otfbench.plugin.hooks  # noqa: F401  # pytester forgets what a run imports, and would load each class twice

WORKLOAD = """
from otfbench.convert.write import convert

def test_convert(measure, source, table):
    measure(convert, source, table, expect=source.dataset)
"""
DAMAGE = {
    "deep": b"[" * 100_000,
    "zero bytes": b"\0" * 500,
    "no text": b'{"schema": 2, "options": "\xff"}',
    "half a character": b'{"schema": 2, "options": {"suite": "\\ud800"}, "environment": {}}',
    "huge number": b'{"schema": 2, "options": {"rows": ' + b"9" * 5000 + b'}, "environment": {}}',
    "a list": b"[]",
    "another line": b'{"outcome": {}, "benchmark": null, "rulers": []}',
}


@pytest.mark.parametrize("line", DAMAGE.values(), ids=DAMAGE)
def test_damaged_journal_is_one_screen(pytester: pytest.Pytester, line: bytes) -> None:
    """The file and the fault are told, the exit code is that of usage, and the journal stays as it is."""
    pytester.makepyfile(test_own=WORKLOAD)
    journal = pytester.mkdir(".benchmarks") / "otfbench-journal.jsonl"
    journal.write_bytes(line + b"\n")

    done = pytester.runpytest_inprocess("-p", "otfbench.plugin", "-p", "no:cacheprovider", "--otf-resume")

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    output = "\n".join(done.outlines + done.errlines)
    assert "otfbench-journal.jsonl is of, for its first line is damaged: " in output
    assert "INTERNALERROR" not in output and len(output.splitlines()) < 20
    assert journal.read_bytes() == line + b"\n"


def test_folder_in_place_of_the_journal(pytester: pytest.Pytester) -> None:
    """So it is where the journal is a folder."""
    pytester.makepyfile(test_own=WORKLOAD)
    (pytester.mkdir(".benchmarks") / "otfbench-journal.jsonl").mkdir()

    done = pytester.runpytest_inprocess("-p", "otfbench.plugin", "-p", "no:cacheprovider", "--otf-resume")

    assert done.ret == pytest.ExitCode.USAGE_ERROR
    assert "otfbench-journal.jsonl can't be read: Is a directory" in "\n".join(done.outlines + done.errlines)
