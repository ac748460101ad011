"""Commands on saved runs: list, report, compare, gate, export. Knows no Spark."""

from __future__ import annotations
