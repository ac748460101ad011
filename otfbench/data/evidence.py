"""What a content is, column by column, in a few numbers that any reader can compute. Knows no Spark and no file.

Two contents are the same if their evidence is: the number of rows; of each column, the number of nulls and the sum of
the 64-bit hashes of its values; and the sum of the hashes of the rows, which shows values that stand in another row.
The sums are modulo 2**64: any order of the rows gives the same, and duplicates count.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MASK64 = 0xFFFFFFFFFFFFFFFF


@dataclass(frozen=True)
class Digest:
    """Number of rows and sum of their 64-bit hashes, modulo 2**64: the same in any order, and duplicates count."""

    rows: int
    total: int

    def __add__(self, other: Digest) -> Digest:
        """The digest of both contents together."""
        return Digest(self.rows + other.rows, (self.total + other.total) & MASK64)

    @property
    def hex(self) -> str:
        """The sum as 16 hexadecimal digits."""
        return f"{self.total:016x}"


@dataclass(frozen=True)
class ColumnEvidence:
    """Nulls, and the sum of the hashes of the other values."""

    nulls: int
    total: int
    earliest: int | None = field(default=None, compare=False)
    """The first of days, since 1970, or of times, in microseconds; None for other types, and where Spark has read."""

    def __add__(self, other: ColumnEvidence) -> ColumnEvidence:
        found = [each.earliest for each in (self, other) if each.earliest is not None]
        return ColumnEvidence(self.nulls + other.nulls, (self.total + other.total) & MASK64, min(found, default=None))


@dataclass(frozen=True)
class Evidence:
    """The digest of the rows, and what each column holds."""

    digest: Digest
    columns: Mapping[str, ColumnEvidence] = field(default_factory=dict)

    def __add__(self, other: Evidence) -> Evidence:
        """The evidence of both contents together, which have the same columns."""
        nothing = ColumnEvidence(0, 0)
        columns = {
            n: self.columns.get(n, nothing) + other.columns.get(n, nothing) for n in self.columns or other.columns
        }
        return Evidence(self.digest + other.digest, columns)

    def differing(self, other: Evidence) -> list[str]:
        """The columns that are not the same in the other content; those that only one of both has, too."""
        names = dict.fromkeys([*self.columns, *other.columns])
        return [name for name in names if self.columns.get(name) != other.columns.get(name)]

    def as_dict(self) -> dict[str, Any]:
        """The evidence as results have it; sums in 16 hexadecimal digits."""
        columns = {name: {"nulls": c.nulls, "sum": f"{c.total:016x}"} for name, c in self.columns.items()}
        return {"rows": self.digest.rows, "sum": self.digest.hex, "columns": columns}


NO_ROW = Evidence(Digest(0, 0))
