"""What is built of the checkout, and empty environments to install it into."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
BUILD = """
import sys
from poetry.core.masonry import api
api.build_sdist(sys.argv[1])
api.build_wheel(sys.argv[1])
"""
Program = Callable[..., "subprocess.CompletedProcess[str]"]
"""Calls a program of an environment: its name, its arguments; `here`, where; environment variables."""


@pytest.fixture(scope="session")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The sdist and the wheel, as they are built from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-c", BUILD, str(folder)], cwd=PROJECT, check=True)
    return {"sdist": next(folder.glob("*.tar.gz")), "wheel": next(folder.glob("*.whl"))}


@pytest.fixture(scope="session")
def new_environment() -> Callable[..., Program]:
    """Makes an environment in a folder that holds nothing but what pip installs with the requirements."""

    def new_environment(home: Path, *requirements: str) -> Program:
        programs = home / "bin"
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        pip = [programs / "python", "-m", "pip", "--disable-pip-version-check", "--quiet"]
        subprocess.run([*pip, "install", *requirements], cwd=home, check=True)

        def call(name: str, *arguments: str, here: Path, **variables: str) -> subprocess.CompletedProcess[str]:
            inherited = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
            environment = inherited | {"PATH": f"{programs}:{os.environ['PATH']}"} | variables
            command = [programs / name, *arguments]
            return subprocess.run(command, cwd=here, env=environment, capture_output=True, text=True, timeout=900)

        return call

    return new_environment
