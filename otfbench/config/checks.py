"""What the models of the YAML file can't know: what is installed, free and there. Knows nothing of options' values.

Each check takes the values as they came, whole or not, so that all errors are reported at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from otfbench.config.options import Config, parse_config
from otfbench.config.user_tables import is_table_format, table_faults
from otfbench.config.values import TYPE
from otfbench.config.yaml import KeyPath, YamlFile, keys_at, value_at
from otfbench.data import bad_records, discovery
from otfbench.data.discovery import UserData
from otfbench.errors import DatasetError, JarError, PluginError, ProfileError, UnknownNameError
from otfbench.files import is_uri
from otfbench.hints import did_you_mean
from otfbench.inputs.base import Input
from otfbench.inputs.option_values import wrong_values
from otfbench.registry import format_names, input_names, load_format, load_input
from otfbench.spark import jars
from otfbench.spark.settings import reserved

Faults = Iterator[tuple[KeyPath, str]]


def check(document: YamlFile, given: Config | None) -> tuple[str | None, list[tuple[KeyPath, str]]]:
    """The input that the user's own files are of, if it is about those and can be recognized, and all faults.

    `given`: the options, None if they can't be.
    """
    master, formats = _effective(document, given)
    kind, faults = _user_files(document)
    faults += [*_names(document), *_conf(document, master, formats), *_properties(document), *_variants(document)]
    return kind, [*faults, *_profile(document), *_jars(document), *_catalogs(document)]


def jar_path(jar: str, file: Path) -> str:
    """A jar's coordinate as it is, its path from the root."""
    return jar if jars.COORDINATE.fullmatch(jar) else str(file.absolute().parent / Path(jar).expanduser())


def _effective(document: YamlFile, given: Config | None) -> tuple[str, list[str]]:
    """The master and the formats of the run, as far as they are known."""
    formats = given.formats if given and given.formats else keys_at(document, "formats") or format_names()
    master = value_at(document.values, ("spark", "master"))
    if given and "master" in given.model_fields_set or not isinstance(master, str):
        master = (given or parse_config({})).master
    return master, [name for name in formats if name in format_names()]


def _names(document: YamlFile) -> Faults:
    """Formats and inputs that are not installed."""
    for key, kind, usable in (("formats", "table format", format_names()), ("inputs", "input", input_names())):
        value = value_at(document.values, (key,))
        for number, name in enumerate(value if isinstance(value, dict | list) else ()):
            if isinstance(name, str) and name and name not in usable:
                yield (key, name if isinstance(value, dict) else number), _unusable(kind, name)
    key_path = (*_user_files_key_path(document), "format")
    name = value_at(document.values, key_path)
    if isinstance(name, str) and name not in input_names() and not is_table_format(name):
        yield key_path, _unusable("input", name)


def _unusable(kind: str, name: str) -> str:
    """Why no plugin of that name can be used: there is none, or it is broken."""
    load, usable = (load_input, input_names()) if kind == "input" else (load_format, format_names())
    try:
        load(name)
    except PluginError as error:
        return str(error)
    except UnknownNameError:
        pass
    return f"no {kind} of that name.{did_you_mean(name, usable)} Installed: {', '.join(usable)}."


def _conf(document: YamlFile, master: str, formats: Iterable[str]) -> Faults:
    """Spark settings that are not free, or that Spark would leave aside."""
    taken = reserved(master)
    for name in formats:
        taken |= dict.fromkeys(_settings(document, name), f"the format {name} needs its own") | taken
    for key in keys_at(document, "spark", "conf"):
        if key in taken:
            yield ("spark", "conf", key), f"can't be set: {taken[key]}"
        elif not key.startswith("spark."):
            yield (
                "spark",
                "conf",
                key,
            ), "Spark takes no notice of it: must begin with spark. (Hadoop's: spark.hadoop.)"


def _settings(document: YamlFile, name: str) -> Iterable[str]:
    """The settings of a format, and of the kind of catalog that is chosen for it."""
    table_format = load_format(name)
    kind, _ = _chosen_catalog(document, name)
    chosen = table_format.catalogs.get(kind) if isinstance(kind, str) else None
    return {**table_format.conf(""), **(chosen.conf if chosen else {})}


def _chosen_catalog(document: YamlFile, name: str) -> tuple[Any, dict[str, Any]]:
    """The kind of catalog that is chosen for a format, None if none is, and its options."""
    value = value_at(document.values, ("formats", name, "catalog"))
    options = value if isinstance(value, dict) else {TYPE: value}
    return options.get(TYPE), {key: each for key, each in options.items() if key != TYPE}


def _catalogs(document: YamlFile) -> Faults:
    """Kinds of catalogs that a format doesn't have, what can't be said about one, and a driver that is not there."""
    for name in keys_at(document, "formats"):
        kind, options = _chosen_catalog(document, name)
        if name not in format_names() or not isinstance(kind, str) or not kind:
            continue
        there, key_path = load_format(name).catalogs, ("formats", name, "catalog")
        type_path = (*key_path, TYPE) if keys_at(document, *key_path) else key_path
        if kind not in there:
            hint = did_you_mean(kind, there)
            yield type_path, f"no catalog of that kind.{hint} There are: {', '.join(there)}."
            continue
        chosen = there[kind]
        for option, reason in chosen.faults(options, load_format(name).conf("")):
            yield type_path if option == TYPE else (*key_path, option), reason
        jars_given = keys_at(document, *_jars_key_path(document, name)) + keys_at(document, "spark", "jars")
        if chosen.lacks_driver(options, jars_given):
            yield key_path, f"needs a jar of {chosen.driver}: give it in formats.{name}.jars, or in spark.jars"


def _jars_key_path(document: YamlFile, name: str) -> KeyPath:
    """Where a format's jars are listed: those beside the locked ones, or those in place of them."""
    key_path = ("formats", name, "jars")
    return (*key_path, "replace") if isinstance(value_at(document.values, key_path), dict) else key_path


def _properties(document: YamlFile) -> Faults:
    """Table properties that a format refuses."""
    for name in keys_at(document, "formats"):
        key_path = ("formats", name, "properties")
        for key in keys_at(document, *key_path) if name in format_names() else ():
            reason = load_format(name).why_refused(key)
            if reason or not key:
                yield (*key_path, key), f"can't be given: {reason or 'it has no name'}"


def _variants(document: YamlFile) -> Faults:
    """Variants that a format doesn't have."""
    for name in keys_at(document, "formats"):
        key_path = ("formats", name, "variants")
        there = load_format(name).variants if name in format_names() else None
        for number, variant in enumerate(keys_at(document, *key_path)):
            if there and variant and variant not in there:
                hint = did_you_mean(variant, there)
                yield (*key_path, number), f"no variant of that name.{hint} There are: {', '.join(there)}."


def _user_files(document: YamlFile) -> tuple[str | None, list[tuple[KeyPath, str]]]:
    """What the user's own files are, as named or by their content, and what can't be of what is said about them."""
    key_path = _user_files_key_path(document)
    path, name = (value_at(document.values, (*key_path, key)) for key in ("path", "format"))
    if not isinstance(path, str) or not path:
        return None, []
    if is_table_format(name):
        return str(name), list(table_faults(document, key_path, str(name)))
    faults: list[tuple[KeyPath, str]] = []
    if is_uri(path):
        if name is None:
            faults.append(((*key_path, "format"), "must be given for a URI: what is there is known once Spark runs"))
    else:
        name = _local_kind(document, path, name, (*key_path, "path"), faults)
    if not isinstance(name, str) or name not in input_names():
        return None, faults
    faults += _user_files_options(document, key_path, load_input(name))
    if keys_at(document, "inputs") not in ([], [name]):
        faults.append((("inputs",), f"must be [{name}], or left out: your own files are the one input"))
    return name, faults


def _local_kind(document: YamlFile, path: str, name: Any, key_path: KeyPath, faults: list[tuple[KeyPath, str]]) -> Any:
    """What local files are, as named or by their content; what is wrong with their path is a fault."""
    try:
        data = UserData(path=path, folder=document.path.absolute().parent, format="")
        paths = discovery.find_paths(data)
        return discovery.input_of(data, paths) if name is None else name
    except (DatasetError, OSError) as error:
        faults.append((key_path, str(error)))
        return name


def _user_files_options(document: YamlFile, section_path: KeyPath, files: Input) -> Faults:
    """Options that contradict each other, or that Spark would take for others."""
    key_path = (*section_path, "bad_records")
    aside = value_at(document.values, key_path) == "aside"
    if aside and files.typed:
        yield key_path, f"{files.name} files tell their types: a record that doesn't fit is a damage"
    for key in keys_at(document, *section_path, "options"):
        key_path = (*section_path, "options", key)
        if aside and key.lower() in bad_records.RESERVED:
            yield key_path, "can't be given together with bad_records: aside, which sets it"
            continue
        given = {key: str(value_at(document.values, key_path))}
        yield from ((key_path, words) for _, _, words in wrong_values(given, files.option_rules))


def _user_files_key_path(document: YamlFile) -> KeyPath:
    """Where the user's own files are described: under `datasets`, or in an item of its list."""
    datasets = document.values.get("datasets")
    for number, each in enumerate(datasets if isinstance(datasets, list) else ()):
        if isinstance(each, dict) and "path" in each:
            return "datasets", number
    return ("datasets",)


def _profile(document: YamlFile) -> Faults:
    """A profile that is not the installed pyspark's."""
    name = value_at(document.values, ("profile",))
    installed = version("pyspark")
    try:
        ours = jars.profile_for(installed)
    except ProfileError:  # reported when the run begins, whatever the file says
        return
    if not isinstance(name, str) or not name or name == ours.name:
        return
    known = {each.name: each for each in jars.profiles()}
    advice = (
        f"install the pyspark that it is for: {known[name].install}"
        if name in known
        else f"there are: {', '.join(known)}"
    )
    yield ("profile",), f"pyspark {installed} is installed, whose profile is {ours.name}; {advice}"


def _jars(document: YamlFile) -> Faults:
    """Jars that are neither coordinates nor files."""
    for key_path in (("spark", "jars"), *(_jars_key_path(document, name) for name in keys_at(document, "formats"))):
        value = value_at(document.values, key_path)
        for number, jar in enumerate(value if isinstance(value, list) else ()):
            if isinstance(jar, str) and jar and not jars.COORDINATE.fullmatch(jar):
                try:
                    jars.check_file(Path(jar_path(jar, document.path)))
                except JarError as error:
                    yield (*key_path, number), str(error)
