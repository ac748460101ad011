"""What the author of a plugin sees when a contract suite fails."""

from __future__ import annotations

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


def test_compared_values_are_shown(pytester: pytest.Pytester) -> None:
    """A failed assertion of a suite shows what was compared, not only that it failed."""
    pytester.makepyfile(test_mine=FAILING)
    found = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-k", "nothing_is_adapted")
    found.assert_outcomes(failed=1)
    assert "AssertionError: assert ['a cell'] == []" in found.stdout.str()


@pytest.mark.parametrize("module", ["formats", "inputs", "operations", "steps"])
def test_all_suites_are_rewritten(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    """The assertions of each module of the suites are rewritten, also where pytest doesn't look for plugins itself."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    code = f"def test_it():\n    import otfbench.testing.{module} as found\n    assert '@pytest_ar' in vars(found)\n"
    pytester.makepyfile(test_it=code)
    pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "otfbench.plugin").assert_outcomes(passed=1)
