"""What formats report of their commits, in words that all of them share. Knows no format, and nothing of Spark.

- `added_rows`: rows that are new; `removed_rows`: rows that are gone;
- `rewritten_rows`: rows that are written again, changed or not;
- `added_files`, `removed_files`: data files.

A name is absent where a format says nothing of it: zero is what a format has counted.
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


def in_files(written: int, removed: int) -> dict[str, int]:
    """The rows of a commit of which only those in new files and those in removed ones are counted.

    As many as are both are rewritten: which of them were changed, and which only moved, nobody has noted.
    """
    both = min(written, removed)
    return {"added_rows": written - both, "removed_rows": removed - both, "rewritten_rows": both}


def named_in(files: Collection[str], pattern: str) -> set[str]:
    """What the pattern's first group matches in the paths of files: the names of commits, each of which has a file."""
    return {match[1] for path in files if (match := re.search(pattern, path))}
