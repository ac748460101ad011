"""What pytest itself shows holds no secret: its own errors, warnings, what is printed. No JVM is started."""

from __future__ import annotations

import pytest

import otfbench.plugin.hooks  # noqa: F401  # pytester forgets what a run imports, and would load each class twice

KEY = "-----BEGIN PRIVATE KEY-----\\npl4nted-key\\n-----END PRIVATE KEY-----"
TESTS = r"""
import os, sys, warnings

def test_printed():
    print("password=", end="")
    print("pl4nted-1", "plain")
    print("fs.s3a.secret.key=pl4nted-2", file=sys.stderr)
    sys.stdout.writelines(["token=", "pl4nted-3\n", "the end of it"])

def test_warns():
    warnings.warn("jdbc:x://h/db?user=me&password=pl4nted-4 is slow")

def test_goes_on(capsys):
    print("captured")
    assert capsys.readouterr().out == "captured\n"
"""


def shown(pytester: pytest.Pytester, *arguments: str) -> str:
    """What a run with the hooks loaded prints."""
    done = pytester.runpytest_subprocess(
        "-p", "otfbench.plugin", "-p", "no:cacheprovider", "--otf-rows", "10", *arguments
    )
    return "\n".join(done.outlines + done.errlines)


@pytest.mark.parametrize("capture", ["-s", "--capture=tee-sys", "--capture=fd"])
def test_what_is_printed(pytester: pytest.Pytester, capture: str) -> None:
    """Where prints go to the terminal at once, they do so without secrets; so do warnings."""
    pytester.makepyfile(TESTS)

    output = shown(pytester, capture)

    assert "3 passed" in output and "pl4nted" not in output
    assert "user=me&password=(hidden) is slow" in output
    if capture != "--capture=fd":
        assert "password=(hidden) plain\n" in output and "the end of it" in output


def test_logs_hold_no_secrets(pytester: pytest.Pytester) -> None:
    """A log that is shown live, and one in a file, are written without secrets."""
    pytester.makepyfile("import logging\n\ndef test_one(): logging.warning('password=pl4nted is wrong')")

    output = shown(pytester, "-o", "log_cli=true", "--log-file=all.log")

    logged = (pytester.path / "all.log").read_text()
    assert "password=(hidden) is wrong" in output and "password=(hidden) is wrong" in logged
    assert "pl4nted" not in output + logged


def test_internal_error(pytester: pytest.Pytester) -> None:
    """An error in a hook of somebody else's is shown whole, but for its secrets."""
    pytester.makepyfile("def test_one(): pass")
    pytester.makeconftest(f"def pytest_runtestloop(): raise ValueError('''password=pl4nted {KEY} no such host''')")

    output = shown(pytester)

    assert "INTERNALERROR> " in output and "no such host" in output and "pl4nted" not in output


def test_module_that_cannot_be_imported(pytester: pytest.Pytester) -> None:
    """So it is with a module that raises while it is imported."""
    pytester.makepyfile("raise ValueError('token=pl4nted: no such host')")

    output = shown(pytester)

    assert "no such host" in output and "pl4nted" not in output
