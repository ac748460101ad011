"""Which values options of Spark's may have, by input."""

from __future__ import annotations

import pytest

from otfbench.convert.request import ConversionRequest, source_kind
from otfbench.errors import ConfigError
from otfbench.inputs.option_values import wrong_values
from otfbench.registry import input_names, load_input

WRONG = [
    ("csv", "multiLine", "maybe", "must be true or false"),
    ("csv", "header", "1", "must be true or false"),
    ("csv", "mode", "STRICT", "must be one of PERMISSIVE, DROPMALFORMED, FAILFAST"),
    ("csv", "sep", "", "must not be empty"),
    ("csv", "quote", "ab", "must be one character, or empty for none"),
    ("csv", "maxColumns", "lots", "must be a whole number"),
    ("csv", "lineSep", "", "must be one character"),
    ("csv", "modifiedAfter", "yesterday", "must be a time, as 2024-01-31T00:00:00"),
    ("csv", "recursiveFileLookup", "maybe", "must be true or false"),
    ("json", "samplingRatio", "abc", "must be a number above 0, as 0.1"),
    ("json", "samplingRatio", "0.0", "must be a number above 0, as 0.1"),
    ("json", "locale", "xx-yy-zz", "must be a language, or a language and a country, as de-DE"),
    ("json", "locale", "de_DE", "must be a language, or a language and a country, as de-DE"),
    ("xml", "rowTag", "", "must not be empty"),
    ("xml", "excludeAttribute", "yes", "must be true or false"),
    ("parquet", "datetimeRebaseMode", "JULIAN", "must be one of CORRECTED, LEGACY, EXCEPTION"),
    ("orc", "mergeSchema", "maybe", "must be true or false"),
    ("avro", "avroSchema", "string", "must be a schema of Avro, as JSON"),
]
RIGHT = [
    *({"quote": each} for each in ("", "'", r"\u0000", "\n")),
    *({"lineSep": each} for each in ("\n", "\r\n", "|")),
    *({"locale": each} for each in ("de", "en-US", "zh-Hans-CN", "es-419", "de-DE-1996", "th-TH-u-nu-thai")),
    *({"samplingRatio": each} for each in ("1", "0.5", ".1", "1e-3", "7")),
    *({"modifiedBefore": each} for each in ("2024", "2024-01-31", "2024-01-31T10:00:00+01:00")),
    *({"header": each} for each in ("true", "False")),
    {"mode": "failfast", "maxColumns": "-1", "sep": "||", "nobodyKnows": "x"},
]


@pytest.mark.parametrize(("name", "option", "value", "words"), WRONG)
def test_wrong_values(name, option, value, words):
    """A value that Spark can't take, or would take for another, is told with what it must be."""
    assert list(wrong_values({option: value}, load_input(name).option_rules)) == [(option, value, words)]


@pytest.mark.parametrize("options", RIGHT)
def test_right_values(options):
    """Whatever Spark takes is left to it, and so are options of other names."""
    assert not list(wrong_values(options, load_input("csv").option_rules))


@pytest.mark.parametrize("name", input_names())
def test_own_options_are_right(name):
    """What inputs give to Spark themselves."""
    found = load_input(name)
    assert not list(wrong_values({**found.options, **found.foreign_options, **found.read_options}, found.option_rules))


def test_option_is_named_before_spark_starts(tmp_path):
    """The request is refused, with the option as it was given."""
    (tmp_path / "a.csv").write_text("a\n1\n")
    request = ConversionRequest(str(tmp_path / "a.csv"), "parquet", tmp_path / "t", options={"multiLine": "maybe"})
    with pytest.raises(ConfigError, match="datasets.options multiLine: maybe: must be true or false"):
        source_kind(request)
