"""What formats report of their commits, under names that all of them share. Knows no format, and nothing of Spark.

- `added_rows`: rows that are new; `removed_rows`: rows that are gone;
- `rewritten_rows`: rows that are written again, changed or not;
- `added_files`, `removed_files`: data files.

A name is absent where a format doesn't report it; zero is a count.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping


def summed(commits: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """What several commits did, as if they were one."""
    total: dict[str, int] = {}
    for commit in commits:
        for name, count in commit.items():
            total[name] = total.get(name, 0) + count
    return total


def row_counts(written: int, removed: int) -> dict[str, int]:
    """The counts of a commit that only reports how many rows its new files hold, and how many its removed files held.

    As many as are in both are rewritten: which of them changed, and which only moved, is not recorded.
    """
    both = min(written, removed)
    return {"added_rows": written - both, "removed_rows": removed - both, "rewritten_rows": both}


def commit_names(files: Collection[str], pattern: str) -> set[str]:
    """The names of the commits whose files are among these: what the pattern's first group matches in their paths."""
    return {match[1] for path in files if (match := re.search(pattern, path))}
