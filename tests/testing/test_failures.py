"""What the author of a plugin sees when a contract suite fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest

FAILING = """
import pytest
from otfbench.fidelity.matrix import Fate
from otfbench.testing import FormatContract

class TestMine(FormatContract):
    name = "mine"

    @pytest.fixture(scope="class")
    @classmethod
    def fates(cls):
        return {"a cell": Fate("kept")}

    @pytest.fixture(scope="class")
    @classmethod
    def adaptations(cls):
        return {"a cell": ["a change"]}
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Runs a test file where pytest doesn't look for plugins itself: it would rewrite all modules of the package."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")

    def run(code: str, *arguments: str) -> pytest.RunResult:
        pytester.makepyfile(test_it=code)
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "otfbench.plugin", *arguments)

    return run


def test_compared_values_are_shown(run: Callable[..., pytest.RunResult]) -> None:
    """A failed assertion of a suite shows what was compared, not only that it failed."""
    result = run(FAILING, "-k", "adaptations_are_needed")
    result.assert_outcomes(failed=1)
    assert "AssertionError: assert ['a cell'] == []" in result.stdout.str()


@pytest.mark.parametrize("module", ["fixtures", "formats", "inputs", "operations", "steps"])
def test_all_suites_are_rewritten(run: Callable[..., pytest.RunResult], module: str) -> None:
    """The assertions of each module of the suites are rewritten."""
    code = f"def test_it():\n    import otfbench.testing.{module} as suite\n    assert '@pytest_ar' in vars(suite)\n"
    run(code).assert_outcomes(passed=1)
