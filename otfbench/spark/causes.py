"""Java's errors in words: by the table of known causes, else by the chain of an error. Knows no format."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import unquote

from otfbench import redaction
from otfbench.errors import Text
from otfbench.spark.known_causes import KNOWN

_LENGTH = 400
"""No reason is longer than this, unless its first sentence is."""
_CLASS = re.compile(
    r"^(?:\[[A-Z_.]{8,}\] ?|(?:[\w$]+\.)*[\w$]*(?:Exception|Error|Failure|Throwable):? ?)+(requirement failed: )?"
)
"""Matches the classes of Java, Python and Spark that an error begins with."""
_ASIDE = re.compile(r"\s*(== SQL\b|SQLSTATE: |JVM stacktrace|;? ?'\w+ \[|\(line \d+, pos(ition)? \d+\)|;$).*")
"""Matches what follows a sentence for programmers."""
SILENT_READER: Text = (
    "Spark's reader failed without a reason: the file may be damaged, or hold a type that Spark doesn't know",
)
_SILENT = "Spark failed without a reason"


def reason(error: BaseException, file: str | None = None) -> Text:
    """Why Spark failed, in words: by the table, else what the innermost cause says, without classes.

    `file`: what was read, which the sentence before has named.
    """
    chain = causes(error)
    line = " | ".join(chain[1:] or chain)  # the first of several is the job, with a stack trace in its text
    for pattern, words in KNOWN:
        if found := re.search(pattern, line, re.DOTALL):
            return tuple(part.format(**found.groupdict()) if isinstance(part, str) else part for part in words)
    said = next((text for text in reversed([_sentence(each, file) for each in chain]) if text), "")
    silent = not _sentence(chain[-1], file)
    if silent:
        return (_SILENT,) if file is None else SILENT_READER
    return (_whole(said),)


def _sentence(line: str, file: str | None) -> str:
    """A cause without classes, and without what is there for programmers; empty if it says nothing."""
    text = _ASIDE.sub("", _CLASS.sub("", line)).strip()
    if file is not None:
        text = re.sub(rf"(file:/*)?{re.escape(file)}", "it", unquote(text) if "file:" in text else text)
    return "" if text in ("", "null") else text


def _whole(text: str) -> str:
    """As many whole sentences as there is room for; the first one in any case, without its full stop at the end."""
    sentences = re.split(r"(?<=[.!?]) (?=[A-Z])", text)
    kept = sentences[0]
    for each in sentences[1:]:
        if len(kept) + len(each) > _LENGTH:
            break
        kept += f" {each}"
    if len(kept) > 2 * _LENGTH:
        kept = kept[: 2 * _LENGTH].rsplit(" ", 1)[0] + " ..."
    return kept.removesuffix(".")


def causes(error: BaseException) -> list[str]:
    """What went wrong, in one line per cause, from the outermost to the innermost."""
    java = getattr(error, "java_exception", None)
    lines = []
    with suppress(Exception):  # the JVM may have died in between
        while java is not None:
            lines.append(" ".join(str(java.toString()).split()))
            java = java.getCause()
    if not lines:
        with suppress(Exception):  # a Java error asks the JVM for its text
            lines.append(" ".join(f"{type(error).__name__}: {error}".split()))
    return [redaction.redact_text(line) for line in lines] or [type(error).__name__]


def first_cause(error: BaseException) -> str:
    """What went wrong, in one line: the innermost Java cause of an error that came through py4j, or the error."""
    java = getattr(error, "java_exception", None)
    if java is not None:
        with suppress(Exception):  # the JVM may have died in between
            while java.getCause() is not None:
                java = java.getCause()
            return _first_line(str(java.toString()))
    try:
        return _first_line(f"{type(error).__name__}: {error}")
    except Exception:  # a Java error asks the JVM for its text
        return type(error).__name__


def _first_line(text: str) -> str:
    return redaction.redact_text(next((line.strip() for line in text.splitlines() if line.strip()), ""))[:500]
