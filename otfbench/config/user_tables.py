"""What the YAML file says of a table of the user's that operations run on: what can't be. Knows nothing of files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from otfbench.config.yaml import KeyPath, YamlFile, keys_at, value_at
from otfbench.data.discovery import location, why_no_table
from otfbench.files import is_uri
from otfbench.registry import format_names, input_names, load_format

_OF_FILES = ("schema", "infer", "options", "bad_records")
_OF_NEW_TABLES = ("properties", "variants", "catalog")


def is_table_format(name: object) -> bool:
    """Whether what is called so, as the format of own data, is a table: no plain files, and no input."""
    usable = isinstance(name, str) and name in format_names() and name not in input_names()
    return usable and not load_format(str(name)).plain_files


def table_faults(document: YamlFile, section: KeyPath, name: str) -> Iterator[tuple[KeyPath, str]]:
    """What can't be said of a table of this format, or of a run that is about one; and a path where there is none."""
    path = value_at(document.values, (*section, "path"))
    folder = location(path, document.path.absolute().parent)
    reason = None if is_uri(folder) else why_no_table(folder, load_format(name))
    if reason:
        yield (*section, "path"), reason
    yield from _unfit_keys(document, section, name)


def _unfit_keys(document: YamlFile, section: KeyPath, name: str) -> Iterator[tuple[KeyPath, str]]:
    for key in _OF_FILES:
        if value_at(document.values, (*section, key)) is not None:
            yield (*section, key), "can't be given: a table tells its columns itself, and its rows all fit"
    if keys_at(document, "formats") not in ([], [name]):
        yield ("formats",), f"must be [{name}], or left out: the operations run on a copy of your table, as it is"
    if keys_at(document, "inputs"):
        yield ("inputs",), "must be left out: no case of a run about a table of your own reads files"
    for key in _OF_NEW_TABLES:
        if value_at(document.values, ("formats", name, key)) is not None:
            yield ("formats", name, key), "can't be given: the copy of your table has what your table has"


def options_not_for_tables(options: Mapping[str, Any], name: str, file: Path) -> list[str]:
    """A line per option that would have such a run read files, or use another format than this one."""
    given = {key: options[key] for key in ("formats", "inputs") if options.get(key) is not None}
    if given.get("formats") in (name, (name,)):
        del given["formats"]
    the_rows = f"the rows are those of the table of {name} at datasets.path in {file}"
    return [f"--otf-{key} {value}: {the_rows}: leave the option out" for key, value in given.items()]
