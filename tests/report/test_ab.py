"""An A/B comparison as lines and as Markdown: a comment on a pull request, with names that anybody may have chosen."""

from __future__ import annotations

import pytest

from otfbench.compare.ab import CPU, WALL, AbAnswer, AbEstimate, AbVerdict
from otfbench.compare.paired import AbCase, AbComparison
from otfbench.report.ab import lines
from otfbench.report.markdown import LIMIT_BYTES, ab_markdown


def case(name: str, verdict: AbVerdict) -> AbCase:
    """A case that takes 1.3 times as long."""
    answer = AbAnswer(verdict, WALL, {WALL: AbEstimate(1.3, 1.2, 1.4, 0.1)}, 4, "")
    return AbCase(name, verdict, "", answer, {WALL: [1.3] * 4})


def test_names_stay_text() -> None:
    """A side's name mentions nobody, links nowhere and ends no cell."""
    text = ab_markdown(AbComparison("@me", "http://x/#1", 4, [case("a|b", AbVerdict.REGRESSED)]))
    assert "@me" not in text and "http://x" not in text and "#1" not in text
    assert "| regressed | `a\\|b` | 1.30x (1.20x to 1.40x) | \u2013 | by wall |" in text
    assert CPU in text


def test_what_passes_is_counted_alone() -> None:
    """Cases that pass are a number in a sentence; a comparison of nothing else has no table."""
    text = ab_markdown(AbComparison("a", "b", 4, [case(str(n), AbVerdict.PASS) for n in range(3)]))
    assert "3 pass" in text and "| verdict |" not in text


def test_it_fits() -> None:
    """However many cases regressed, it is no longer than a comment may be, and says how many are left out."""
    text = ab_markdown(AbComparison("a", "b", 4, [case(f"{n:0200}", AbVerdict.REGRESSED) for n in range(1000)]))
    assert len(text.encode()) < LIMIT_BYTES and "more lines are left out" in text


@pytest.mark.parametrize(("effect", "text"), [(2.5, "250 %"), (1e60, "more than 1,000 %")])
def test_what_pairs_could_show_is_readable(effect: float, text: str) -> None:
    """Two pairs that scatter can show nothing: that takes no sixty digits to say, in a case's line and in the sum."""
    answer = AbAnswer(AbVerdict.INCONCLUSIVE, WALL, {WALL: AbEstimate(1, 0.5, 2, effect)}, 2, "too few pairs")
    case = AbCase("scan[parquet]", AbVerdict.INCONCLUSIVE, "too few pairs", answer, {WALL: [0.5, 2]})
    said = " ".join(" ".join(lines(AbComparison("a", "b", 2, [case]))).split())
    assert f"could show: {text} " in said and f"a change of {text} would have been seen" in said
