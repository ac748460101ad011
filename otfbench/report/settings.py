"""The effective settings of a run's tables and sessions, once for all cases that share them. Knows no page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from otfbench.runs.record import Record


@dataclass(frozen=True)
class Settings:
    """Effective settings that some cases share."""

    format: str
    variant: str | None
    cases: int
    table_properties: Mapping[str, str]
    spark: Mapping[str, str]


def shared_settings(records: Iterable[Record]) -> Iterator[Settings]:
    """Effective settings, once for all cases that share them."""
    shared: dict[Any, list[Record]] = {}
    for record in records:
        if record["case"]["format"]:
            properties = tuple(sorted(record["settings"]["table_properties"].items()))
            shared.setdefault((record["case"]["format"], record["case"]["variant"], properties), []).append(record)
    for (name, variant, properties), alike in shared.items():
        yield Settings(name, variant, len(alike), dict(properties), alike[0]["settings"]["spark"])
