"""The JSON Schema of run files, generated from their types. Reads no file.

python -m otfbench.runs.docs docs/run-file.schema.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from otfbench.runs.schema import RUN_FILE


def schema() -> dict[str, Any]:
    """What a run file must hold; keys that only pytest-benchmark reads may be there, too."""
    about = "What `pytest benchmarks --benchmark-autosave` writes; see docs/run-file.md for what each key means."
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "otfbench run file",
        "description": about,
        **{key: value for key, value in RUN_FILE.json_schema().items() if key not in ("title", "description")},
    }


def text() -> str:
    """The schema as it stands in the docs."""
    return json.dumps(schema(), indent=1) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
