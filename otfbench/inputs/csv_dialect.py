"""Spark's options of delimited text as one dialect. Knows no file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from otfbench.inputs.options import LOCATIONS, unknown
from otfbench.inputs.records import LINE

NO_NULL = "\uffff"
"""The option nullValue where no text is to be null: what is no character, and so no text of anybody's."""
_KNOWN = (
    *("sep", "delimiter", "quote", "escape", "comment", "header", "multiline", "encoding", "charset"),
    *("nullvalue", "emptyvalue", "ignoreleadingwhitespace", "ignoretrailingwhitespace"),
    # These decide nothing about the texts that are read.
    *("compression", "mode", "enforceschema", "inferschema", "samplingratio", "preferdate"),
    *("maxcolumns", "maxcharspercolumn", "columnpruning", "linesep", *LOCATIONS),
)
_ESCAPED = {"t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True)
class Dialect:
    """How rows and values are told apart, and which texts stand for nothing."""

    separator: str = ","
    quote: str = ""
    """Empty if nothing is quoted."""
    escape: str = ""
    """What a quote inside quotes is preceded by: the quote itself if it is doubled; empty if it can't be there."""
    comment: str = ""
    header: bool = False
    multiline: bool = False
    trims_left: bool = False
    trims_right: bool = False
    null: str | None = None
    """A text that stands for null, beside no text at all."""
    empty: str = ""
    """What an empty text in quotes stands for."""
    encoding: str | None = None
    by_position: bool = False
    """Whether columns are those of a given schema whatever the header calls them."""

    @property
    def plain(self) -> bool:
        """Whether it is the dialect of RFC 4180, but for other ASCII characters as separator and quote."""
        ascii_only = len(self.separator) == 1 and self.separator != "\0" and (self.separator + self.quote).isascii()
        return (
            ascii_only and self.escape in ("", self.quote) and not (self.comment or self.trims_left or self.trims_right)
        )


def dialect(options: Mapping[str, str]) -> Dialect:
    """The dialect of options by their names in small letters, with Spark's defaults for those that aren't given."""

    def flag(name: str) -> bool:
        return options.get(name, "").lower() == "true"

    quote = options.get("quote", '"')
    return Dialect(
        separator=_unescaped(options.get("sep", options.get("delimiter", ","))),
        quote=quote,
        escape=options.get("escape", "\\") if quote else "",
        comment=options.get("comment", ""),
        header=flag("header"),
        multiline=flag("multiline"),
        trims_left=flag("ignoreleadingwhitespace"),
        trims_right=flag("ignoretrailingwhitespace"),
        null=None if options.get("nullvalue") == NO_NULL else options.get("nullvalue"),
        empty=options.get("emptyvalue", ""),
        encoding=options.get("encoding", options.get("charset")),
        by_position=options.get("enforceschema", "true").lower() == "true",
    )


def record_pattern(how: Dialect) -> re.Pattern[str] | None:
    """What each record is in a text; None where more than doubled quotes may stand in quotes."""
    if not (how.multiline and how.quote):
        return LINE
    if how.escape not in ("", how.quote):
        return None
    quote, begin = re.escape(how.quote), rf"(?:(?<={re.escape(how.separator)})|(?<![^\r\n]))"
    return re.compile(rf"(?:{begin}{quote}(?:[^{quote}]+|{quote}{quote})*(?:{quote}|\Z)|[^\r\n])+")


def why_unread(options: Mapping[str, str]) -> str | None:
    """Why these options can't be honoured; None if they can."""
    try:
        found = dialect(options)
    except ValueError as error:
        return str(error)
    for name in ("quote", "escape", "comment"):
        if len(options.get(name, "")) > 1:
            return f"the option {name} must be one character for the second reader"
    marks = [each for each in (found.separator, found.quote) if each]
    if not found.separator or len(set(marks)) < len(marks) or re.search(r"[\r\n]", "".join(marks)):
        return "the separator must be another than the quote, and no line break, for the second reader"
    if options.get("linesep", "\n") not in ("\n", "\r\n", "\r"):
        return "the second reader knows no other line separators than those of text files"
    return unknown(options, _KNOWN, found.encoding)


def _unescaped(separator: str) -> str:
    r"""Spark takes `\t` for a tab, and likewise some others; raises ValueError for a backslash before anything else."""

    def character(escaped: re.Match[str]) -> str:
        if escaped[0] == r"\u0000":
            return "\0"
        if escaped[1] not in _ESCAPED:
            raise ValueError(
                f"the separator {separator} is not known to the second reader: a backslash must be doubled"
            )
        return _ESCAPED[escaped[1]]

    return separator if separator == "\\" else re.sub(r"\\(u0000|.|$)", character, separator, flags=re.DOTALL)
