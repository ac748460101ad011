"""The command `init`: a YAML file of comments. Reads none."""

from __future__ import annotations

from otfbench.commands.configuration import FILE
from otfbench.errors import UsageError


def init() -> None:
    """Write an otfbench.yaml of comments: every key with its default.

    Example: otfbench init && otfbench config check
    """
    from otfbench.config.docs import example

    try:
        with FILE.open("x", encoding="utf-8") as file:
            file.write(example())
    except FileExistsError:
        raise UsageError(f"{FILE} is there already: it is left as it is.") from None
    except OSError as error:
        raise UsageError(f"{FILE} can't be written: {error.strerror}.") from None
    print(f"{FILE}: every key with its default, as a comment: take the # away from lines that you change")
