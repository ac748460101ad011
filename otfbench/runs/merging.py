"""Run files of one run that was made in parts, one for each format, as one run file. Knows nothing of how they ran."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from otfbench.errors import RunFileError
from otfbench.runs.file import read

_BY_FORMAT = ("formats", "inputs", "jars", "own_jars", "replaced_jars", "properties", "variants", "catalogs")
"""What of environment and options is kept format by format."""


def merged(parts: Sequence[Path]) -> dict[str, Any]:
    """The document of one run file with the cases of all parts; raises RunFileError if one is none, or of another run.

    What has no format (reading sources) was measured in each part: the first one's counts.
    """
    for part in parts:
        read(part)  # checked whole
    documents = [json.loads(part.read_text(encoding="utf-8")) for part in parts]
    whole, run = documents[0], documents[0]["otfbench"]
    for part, document in zip(parts[1:], documents[1:], strict=True):
        other = document["otfbench"]
        for section in ("environment", "options"):
            _unite(run[section], other[section], part)
        known = {outcome["nodeid"] for outcome in run["outcomes"]}
        run["outcomes"] += [each for each in other["outcomes"] if each["nodeid"] not in known]
        run["rulers"] += other["rulers"]
        run["fidelity"] = {**run["fidelity"], **other["fidelity"]} if run["fidelity"] else other["fidelity"]
        whole["benchmarks"] += [each for each in document["benchmarks"] if each["fullname"] not in known]
    return dict(whole)


def _unite(one: dict[str, Any], other: Mapping[str, Any], part: Path) -> None:
    """Add what the other says of its formats; all else must be the same."""
    for key in one.keys() | other.keys():
        mine: Any = one.get(key)
        its: Any = other.get(key)
        if key in _BY_FORMAT and (mine is None or its is None):
            one[key] = its if mine is None else mine
        elif key in _BY_FORMAT:
            one[key] = {**mine, **its} if isinstance(mine, dict) else list(dict.fromkeys([*mine, *its]))
        elif mine != its:
            raise RunFileError(f"{part} is of another run: {key} is {its}, and {mine} in the one before.")
