"""An A/B comparison as a file: read as it was written, and whatever is done to it, shown or refused in one line."""

from __future__ import annotations

import copy
import json
import math
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from otfbench.compare.ab import CPU, WALL, look
from otfbench.compare.ab_file import as_dict, is_comparison, read
from otfbench.compare.compare import CounterChange
from otfbench.compare.paired import AbCase, AbComparison
from otfbench.errors import RunFileError
from otfbench.report import ab
from otfbench.report.html.page import ab_page
from otfbench.report.markdown import ab_markdown
from tests.commands.test_damaged_runs import changes_of, damaged, places


def comparison() -> AbComparison:
    """Eight pairs of five cases, one of which is slower by a third; one more has no number."""
    numbers = random.Random(7)
    ratios = {
        f"case{n}[delta]": {
            measure: [math.log(1.33 if n == 3 else 1.0) + numbers.gauss(0, 0.02) for _ in range(8)]
            for measure in (WALL, CPU)[: 1 + n % 2]
        }
        for n in range(5)
    }
    cases = [
        AbCase(
            id=case,
            verdict=answer.verdict,
            reason=answer.reason,
            answer=answer,
            ratios={measure: list(map(math.exp, values)) for measure, values in ratios[case].items()},
            changed_counters=(CounterChange("tasks", 3, None),) if case.startswith("case3") else (),
        )
        for case, answer in look(ratios, {}, last=True).items()
    ]
    wrong = AbCase("case9[delta]", cases[0].verdict, "head: the content is unequal", None, {})
    return AbComparison("iceberg=1.11.0", "iceberg=1.12.0", 8, [*cases, wrong])


WRITTEN = as_dict(comparison())
PLACES = list(places(WRITTEN))


def test_it_is_read_as_it_was_written(write):
    """What is read from the file is what was written, and is known for a comparison under any name."""
    path = write(WRITTEN, "other.json")
    assert is_comparison(path) and read(path) == comparison()


def test_a_run_is_none(write, document):
    """A run file is not taken for one."""
    path = write(document)
    assert not is_comparison(path)
    with pytest.raises(RunFileError, match="can't be read as a comparison"):
        read(path)


def shown_or_refused(path: Path) -> None:
    try:
        compared = read(path)
    except RunFileError as error:
        assert "\n" not in str(error) and len(str(error)) < 900
    else:
        assert ab_page(compared) and ab_markdown(compared) and list(ab.lines(compared))


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(changes_of(PLACES))
def test_whatever_is_changed(tmp_path_factory, changes):
    """A comparison with parts that were changed is shown, or refused in one line."""
    path = tmp_path_factory.mktemp("changed") / "answers.json"
    path.write_text(json.dumps(damaged(changes, WRITTEN)), errors="surrogatepass")
    shown_or_refused(path)


@pytest.mark.parametrize(
    ("place", "value", "why"),
    [
        (("cases", 1, "id"), WRITTEN["cases"][0]["id"], "is there twice"),
        (("cases", 0, "measure"), None, "has a measure and no estimate, or the other way round"),
        (("cases", 0, "ratios"), {}, "and no pairs"),
        (("cases", 0, "verdict"), "fine", "cases.0.verdict"),
        (("cases", 0, "estimates", WALL, "ratio"), -1.0, "ratio"),
        (("pairs",), 2, "has more pairs than there are"),
    ],
)
def test_what_no_comparison_says(write, place, value, why):
    """Each contradiction is refused, with the case."""
    changed = copy.deepcopy(WRITTEN)
    part = changed
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    with pytest.raises(RunFileError, match=why):
        read(write(changed))
