"""What a second reader says of Spark's options that it doesn't know. Knows no input."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from otfbench.inputs.decoding import is_encoding

LOCATIONS = ("basepath", "modifiedafter", "modifiedbefore", "pathglobfilter", "recursivefilelookup")
"""Options about where files are, which are listed by now."""

LENIENT = ("PERMISSIVE", "DROPMALFORMED")
"""Modes of Spark in which a record that doesn't fit is no error: its values are null, or it is left out."""
_NO_COLUMN = {"columnNameOfCorruptRecord": "\uffff"}


def without_marks(options: Mapping[str, str]) -> dict[str, str]:
    """Options by which Spark marks no record as corrupt where it ends at such a one: a column may have that name."""
    given = {name.lower(): value for name, value in options.items()}
    marks = given.get("mode", "PERMISSIVE").upper() in LENIENT or "columnnameofcorruptrecord" in given
    return {**options, **({} if marks else _NO_COLUMN)}


def unknown(options: Mapping[str, str], known: Collection[str], encoding: str | None) -> str | None:
    """Why these options can't be honoured: another than the known ones, a lenient mode; None if they can."""
    strange = next((name for name in options if name not in known), None)
    if strange:
        return f"the option {strange} is not known to the second reader"
    if options.get("mode", "FAILFAST").upper() != "FAILFAST":
        return f"the second reader leaves out no record, as mode {options['mode']} may"
    if encoding is not None and not is_encoding(encoding):
        return f"the encoding {encoding} is not known to the second reader"
    return None
