"""What holds for all tests: examples of hypothesis may take their time on a busy machine; run files from real runs."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("otfbench", deadline=None)
settings.load_profile("otfbench")

RUNS = Path(__file__).parent / "recorded" / "runs"


@pytest.fixture
def document() -> dict[str, Any]:
    """A recorded run of the suite quick with the control alone, as its file has it; each test may change its own."""
    return json.loads((RUNS / "parquet_a.json").read_text())


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes a document, or any text, as a file."""

    def written(content: Any, name: str = "run.json") -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return written
