"""Commands that run Spark: run, generate, convert. Imports it only when one of them is called."""

from __future__ import annotations
