"""Which values Spark's options can have: others are told before Spark starts, which names no option. Reads no file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Rule = tuple[str, str]
"""A pattern that the whole value matches, whatever its case, and what it must be, in words."""


def _one_of(*names: str) -> Rule:
    return "|".join(names), f"must be one of {', '.join(names)}"


def _all(names: str, rule: Rule) -> dict[str, Rule]:
    return dict.fromkeys(names.split(), rule)


_FLAG: Rule = ("true|false", "must be true or false")
_NUMBER: Rule = (r"[+-]?\d+", "must be a whole number")
_CHARACTER: Rule = (r".?|\\u0000", "must be one character, or empty for none")
_TEXT: Rule = (".+", "must not be empty")
_TIME: Rule = (r"\d{4}(-\d\d?(-\d\d?([T ]\d.*)?)?)?", "must be a time, as 2024-01-31T00:00:00")
_SHARE: Rule = (r"(?!0*\.?0*$)\d*\.?\d+(E[+-]?\d+)?", "must be a number above 0, as 0.1")
_LOCALE: Rule = (
    r"[a-z]{2,3}(-[a-z]{4})?(-([a-z]{2}|\d{3}))?(-([a-z0-9]{5,8}|\d[a-z0-9]{3}))*(-[a-z0-9](-[a-z0-9]{2,8})+)*",
    "must be a language, or a language and a country, as de-DE",
)
_QUOTES_UNESCAPED = "STOP_AT_CLOSING_QUOTE STOP_AT_DELIMITER BACK_TO_DELIMITER SKIP_VALUE RAISE_ERROR"
_CALENDAR: Rule = _one_of("CORRECTED", "LEGACY", "EXCEPTION")

MODES = ("PERMISSIVE", "DROPMALFORMED", "FAILFAST")

GENERAL: Mapping[str, Rule] = {
    "mode": _one_of(*MODES),
    "recursivefilelookup": _FLAG,
    **_all("modifiedbefore modifiedafter", _TIME),
}
"""Options of all data sources, in small letters; of an unknown mode Spark makes the first one."""
CSV: Mapping[str, Rule] = {
    **GENERAL,
    **_all("header multiline inferschema enforceschema columnpruning preferdate", _FLAG),
    **_all("ignoreleadingwhitespace ignoretrailingwhitespace enabledatetimeparsingfallback", _FLAG),
    **_all("maxcolumns maxcharspercolumn", _NUMBER),
    **_all("quote escape comment chartoescapequoteescaping", _CHARACTER),
    **_all("sep delimiter", _TEXT),
    "unescapedquotehandling": _one_of(*_QUOTES_UNESCAPED.split()),
    "linesep": (r".|\r\n", "must be one character"),
    "samplingratio": _SHARE,
    "locale": _LOCALE,
}
JSON: Mapping[str, Rule] = {
    **GENERAL,
    **_all("multiline primitivesasstring prefersdecimal dropfieldifallnull enabledatetimeparsingfallback", _FLAG),
    **_all("allowcomments allowunquotedfieldnames allowsinglequotes allownumericleadingzeros", _FLAG),
    **_all("allownonnumericnumbers allowbackslashescapinganycharacter allowunquotedcontrolchars", _FLAG),
    "linesep": _TEXT,
    "samplingratio": _SHARE,
    "locale": _LOCALE,
}
XML: Mapping[str, Rule] = {
    **GENERAL,
    **_all("excludeattribute treatemptyvaluesasnulls ignorenamespace ignoresurroundingspaces inferschema", _FLAG),
    "rowtag": _TEXT,
    "samplingratio": _SHARE,
}
PARQUET: Mapping[str, Rule] = {
    **GENERAL,
    "mergeschema": _FLAG,
    **_all("datetimerebasemode int96rebasemode", _CALENDAR),
}
ORC: Mapping[str, Rule] = {**GENERAL, "mergeschema": _FLAG}
AVRO: Mapping[str, Rule] = {
    **GENERAL,
    **_all("ignoreextension positionalfieldmatching", _FLAG),
    "datetimerebasemode": _CALENDAR,
    "avroschema": (r'\s*["\[{].*', "must be a schema of Avro, as JSON"),
}


def wrong_values(options: Mapping[str, str], rules: Mapping[str, Rule]) -> Iterable[tuple[str, str, str]]:
    """Name, value, and what it must be, of each option that has a value which it can't have."""
    for name, value in options.items():
        pattern, words = rules.get(name.lower(), ("", ""))
        if words and not re.fullmatch(pattern, value, re.IGNORECASE | re.DOTALL):
            yield name, value, words
