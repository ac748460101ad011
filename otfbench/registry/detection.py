"""What lies at a path: which input's file, which format's table. Asks plugins, and reads nothing but beginnings."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from otfbench.errors import DatasetError, Key, Text
from otfbench.files import is_uri, matches, open_file
from otfbench.formats.base import TableFormat
from otfbench.inputs.base import Input
from otfbench.inputs.sniffing import no_data, why_no_text
from otfbench.registry import Plugin, formats, input_names, inputs, load_input, note_raised
from otfbench.registry.contract import message_of


def detect(path: str) -> Input:
    """The input whose files look like this local one, by its content; raises DatasetError if none does, or several."""
    with open_file(path):  # a file that can't be read is no input's fault
        pass
    claiming = [each for each in inputs().values() if _claims(each, path, lambda plugin: plugin.sniff(path))]
    general = {name for each in claiming for name in each.before}
    specific = [each for each in claiming if each.name not in general]
    doubt = _doubt(path, sorted(each.name for each in claiming), [each.name for each in specific])
    if (not claiming or not doubt) and (what := no_data(path)):
        raise DatasetError(f"{path} is {what}")
    if doubt:
        how = (": say what it is, by ", Key("format"), f". Installed: {', '.join(input_names())}.")
        raise DatasetError(f"{path} ", *doubt, *how)
    return specific[0]


def _doubt(path: str, found: list[str], specific: list[str]) -> Text:
    """Why it isn't clear which input's file it is, or its name says something else; empty if all is clear."""
    ending = path.rpartition(".")[2].lower()
    if ending in input_names() and ending not in found and _means_it(ending, specific):
        looks = f"is named .{ending}, but its content looks like {' or '.join(specific) or 'no input'}"
        return looks, *(() if specific else why_no_text(path))
    if not found:
        return "looks like no input", *why_no_text(path)
    return (f"may be any of {', '.join(found)}",) if len(specific) > 1 else ()


def _means_it(ending: str, found: list[str]) -> bool:
    """Whether a name that ends so says more than what a file looks like to these inputs."""
    named = load_input(ending)
    return named.typed or not named.any_text and all(load_input(name).any_text for name in found)


def detect_table(folder: Path | str, plain_files: bool = True) -> TableFormat | None:
    """The format whose table lies in this folder, plain files last or not at all; None if none does.

    Behind a URI it is known by its marker, and plain files are no table.
    """
    if isinstance(folder, str):
        marked = (each for each in formats().values() if each.marker and not each.plain_files)
        return next((each for each in marked if matches(f"{_literal(folder)}/{each.marker}")), None)
    asked = (each for each in formats().values() if plain_files or not each.plain_files)
    candidates = sorted(asked, key=lambda each: each.plain_files)
    return next((each for each in candidates if _claims(each, folder, lambda plugin: plugin.is_table(folder))), None)


def _literal(folder: str) -> str:
    """As a glob of Hadoop's that matches nothing else."""
    return re.sub(r"([*?\[\]{}\\])", r"\\\1", folder)


def _folders_above(path: str) -> Iterable[Path | str]:
    if not is_uri(path):
        return Path(os.path.realpath(path)).parents
    root, _, below = path.partition("://")
    names = below.split("/")
    return [f"{root}://{'/'.join(names[:count])}" for count in range(len(names) - 1, 1, -1)]


def table_around(paths: Iterable[str]) -> tuple[str, Path | str, TableFormat] | None:
    """The first of these paths that is in the folder of a table, with that folder and its format."""
    looked_at: set[Path | str] = set()
    for path in paths:
        for folder in _folders_above(path):
            if folder in looked_at:
                break
            looked_at.add(folder)
            table = detect_table(folder, plain_files=False)
            if table:
                return path, folder, table
    return None


def _claims(plugin: Plugin, path: str | Path, answer: Callable[[Plugin], bool]) -> bool:
    """What a plugin answers; one that raises doesn't claim the path, and is listed by broken_plugins()."""
    try:
        return answer(plugin)
    except Exception as error:
        kind = "table format" if isinstance(plugin, TableFormat) else "input"
        note_raised(plugin, f"The {kind} {plugin.name!r} failed to inspect {path}: {message_of(error)}")
        return False
