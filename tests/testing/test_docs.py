"""The page about Spark lines is what the lock and the recorded runs of the contract suites say."""

import json
from pathlib import Path

from otfbench.registry import format_names, input_names
from otfbench.spark.jars import Package, Profile, profiles
from otfbench.testing.docs import contracts, page

DOCS = Path(__file__).parents[2] / "docs" / "spark-based-data"
EMPTY = "by hand\n<!-- lines -->\n\nstale\n<!-- end of lines -->\nmore\n"
JUNIT = """<testsuites><testsuite>
<testcase classname="tests.formats.test_delta.TestDelta" name="a"/>
<testcase classname="tests.formats.test_delta.TestDelta" name="b"><failure message="x"/></testcase>
<testcase classname="tests.formats.test_hudi.TestHudi" name="a"><skipped message="no jars"/></testcase>
<testcase classname="tests.inputs.test_inputs.TestCsvGz" name="a"/>
<testcase classname="tests.inputs.test_inputs.TestXml" name="a"/>
<testcase classname="tests.inputs.test_inputs.TestXml" name="b"><skipped message="y"/></testcase>
<testcase classname="tests.formats.test_delta" name="of no class"/>
<testcase classname="tests.inputs.test_decoding.TestBytes" name="of no input"/>
</testsuite></testsuites>"""
LINE = Profile(
    name="spark-9",
    spark="9.1",
    scala="3",
    python=(),
    packages={"delta": Package(version="5.0", jars=()), "xml": Package(version="9.1", jars=())},
)
FOUND = {
    "formats": {"delta": {"version": "5.0", "passed": 1, "skipped": 0, "failed": 1}},
    "inputs": {
        "csv-gz": {"version": "9.1", "passed": 1, "skipped": 0, "failed": 0},
        "xml": {"version": "9.1", "passed": 1, "skipped": 1, "failed": 0},
    },
}


def test_committed_page_is_up_to_date():
    """The committed page is what the lock and the committed records say."""
    text, record = (DOCS / "spark-lines.md").read_text(), json.loads((DOCS / "spark-lines.json").read_text())
    assert page(text, record, profiles()) == text


def test_recorded_runs_are_green():
    """No contract suite failed in a recorded run, and each format and input has a line in the page."""
    text = (DOCS / "spark-lines.md").read_text()
    assert " failed" not in text
    assert all(f"\n| `{name}` | " in text for name in (*format_names(), *input_names()))


def test_contracts_of_a_run():
    """Tests are counted by format and input; what has been skipped whole, and tests of no suite, are left out."""
    assert contracts(JUNIT, LINE) == FOUND


def test_page_of_a_record():
    """A line's cell has the version and what was found there; another version than the record's was not run."""
    newer = LINE.model_copy(update={"name": "spark-10", "packages": {"delta": Package(version="6.0", jars=())}})
    record = {"spark-9": {"java": "17.0.1", **FOUND}, "spark-10": {"java": "21", **FOUND}}
    lines = page(EMPTY, record, [LINE, newer]).splitlines()
    assert lines[0] == "by hand" and lines[-1] == "more" and "stale" not in lines
    assert lines[3] == "| table format | `spark-9`: Spark 9.1, Java 17.0.1 | `spark-10`: Spark 9.1, Java 21 |"
    assert "| `delta` | 5.0: 1 passed, 1 failed | 6.0: not recorded |" in lines
    assert "| `hudi` | unsupported: no jars | unsupported: no jars |" in lines
    assert "| `xml` | 9.1: 1 passed, 1 skipped | unsupported: no jars |" in lines
    assert "| `csv-gz` | 9.1: 1 passed | 9.1: 1 passed |" in lines
