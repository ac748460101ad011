"""The YAML file of a run: checked against what is installed, joined with the options. Knows nothing of pytest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from otfbench import badrecords, jars, owndata, yamlfile
from otfbench.config import Config, OwnData, made, parse_config, redacted
from otfbench.configmodel import ConfigFile, FormatSection, GeneratedSection, OwnSection
from otfbench.errors import ConfigError, DatasetError, JarError, ProfileError
from otfbench.inputs.base import Input
from otfbench.registry import format_names, input_names, load_format, load_input
from otfbench.section import did_you_mean, told
from otfbench.spark import reserved
from otfbench.yamlfile import Place, YamlFile, show

FILE_NAME = "otfbench.yaml"

_MODES = ("PERMISSIVE", "DROPMALFORMED", "FAILFAST")

Faults = Iterator[tuple[Place, str]]


def find(named: str | None, here: Path, root: Path) -> Path | None:
    """The file that was named, relative to `here`, or the one in the root folder if there is one."""
    if named is not None:
        return here / Path(named).expanduser()
    file, near = root / FILE_NAME, root / "otfbench.yml"
    if near.exists() and not file.exists():
        raise ConfigError(f"{near} would not be read: call it {FILE_NAME}.")
    return file if file.exists() else None


def load(options: Mapping[str, Any], file: Path | None) -> Config:
    """The configuration of the options, which win, and the file; raises ConfigError with all errors of both."""
    if file is None:
        return parse_config(options)
    document = yamlfile.read(file)
    model, faults = _model(document)
    lines: list[str] = []
    try:
        given = parse_config(options)
    except ConfigError as error:
        lines, given = [str(error)], None
    master, formats = _effective(document, given)
    kind, wrong = _own(document)
    faults += [*_names(document), *_conf(document, master, formats), *_properties(document)]
    faults += [*_profile(document), *_jars(document), *wrong]
    faults.sort(key=lambda fault: document.line(fault[0]))
    lines += [_line(document, place, message) for place, message in faults]
    own = _own_section(model, kind) if model else None
    if own:
        lines += _useless(options, own, file)
    if lines or model is None:
        raise ConfigError("\n".join(lines))
    assert given is not None  # else there would be a line
    said = {name: value for name, value in options.items() if value is not None}
    values = {**_flat(model, file, given, own, said), **said}
    config = parse_config(values)
    chosen = config.formats or ()
    settings = {key: getattr(config, key) for key in ("properties", "variants", "jars")}
    used = {key: {name: each for name, each in kept.items() if name in chosen} for key, kept in settings.items()}
    return config.model_copy(update=used)


def recorded(config: Config, identity: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a run was asked to do, as results keep it; what only the YAML file says is there only if it says it."""
    kept = config.model_dump(
        mode="json", include={"datasets", "formats", "inputs", "rounds", "warmup", "verify", "master", "driver_memory"}
    )
    if identity is not None:
        kept["datasets"] = [dict(identity)]
    said = config.model_dump(mode="json", include={"variants", "operations"})
    said |= {"conf": redacted(config.conf), "properties": {n: redacted(each) for n, each in config.properties.items()}}
    said["jars"] = {name: [Path(jar).name for jar in each] for name, each in config.jars.items()}
    return kept | {key: value for key, value in said.items() if value}


def _model(document: YamlFile) -> tuple[ConfigFile | None, list[tuple[Place, str]]]:
    """The file as its model, and the values that can't be."""
    faults = list(document.faults)
    try:
        return ConfigFile.model_validate(document.values), faults
    except ValidationError as error:
        return None, faults + [(detail["loc"], told(detail)) for detail in error.errors()]


def _line(document: YamlFile, place: Place, message: str) -> str:
    value = _value(document.values, place)
    key = str(place[-1]) if place else ""
    shown = f" {redacted({key: value})[key][:60]}" if isinstance(value, str) else ""
    return f"{document.path}:{document.line(place)}: {show(place)}{shown}: {message}"


def _value(values: Any, place: Place) -> Any:
    """The value at that place; None if there is none."""
    for part in place:
        if isinstance(values, dict):
            values = values.get(part)
        elif isinstance(values, list) and isinstance(part, int):
            values = values[part]
        else:
            return None
    return values


def _flat(
    model: ConfigFile, file: Path, given: Config, own: OwnSection | None, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The file's values by the names that Config has for them."""
    values: dict[str, Any] = {name: getattr(model, name) for name in ("rounds", "warmup", "verify")}
    values |= {"master": model.spark.master, "driver_memory": model.spark.driver_memory, "conf": model.spark.conf}
    values |= {"keep_tables": model.storage.keep_tables, "inputs": tuple(model.inputs) if model.inputs else None}
    values["operations"] = tuple(model.operations) if model.operations else None
    if model.storage.warehouse is not None:
        values["warehouse"] = file.absolute().parent / Path(model.storage.warehouse).expanduser()
    if isinstance(model.formats, dict):
        values["formats"] = tuple(model.formats)
        values |= _per_format(model.formats, file)
    if own:
        values |= {"inputs": (own.format,), "own": _own_data(own, file)}
    else:
        sections = {each.name: each for each in _sections(model) if isinstance(each, GeneratedSection)}
        values["datasets"] = made(given.dataset or sections, given, sections, options)
    return {name: value for name, value in values.items() if value is not None}


def _per_format(formats: Mapping[str, FormatSection], file: Path) -> dict[str, Any]:
    """What the file says of single formats, where it does."""
    return {
        "properties": {name: each.properties for name, each in formats.items() if each.properties},
        "variants": {name: tuple(each.variants) for name, each in formats.items() if each.variants},
        "jars": {name: tuple(_absolute(jar, file) for jar in each.jars) for name, each in formats.items() if each.jars},
    }


def _absolute(jar: str, file: Path) -> str:
    """A coordinate as it is, a path from the root."""
    return jar if jars.COORDINATE.fullmatch(jar) else str(file.absolute().parent / Path(jar).expanduser())


def _sections(model: ConfigFile) -> list[GeneratedSection | OwnSection]:
    return model.datasets if isinstance(model.datasets, list) else [model.datasets]


def _own_section(model: ConfigFile, kind: str | None) -> OwnSection | None:
    """The section of the user's own files, if it is about those, with the format that they are of."""
    found = next((each for each in _sections(model) if isinstance(each, OwnSection)), None)
    return found.model_copy(update={"format": kind}) if found else None


def _own_data(data: OwnSection, file: Path) -> OwnData:
    folder = file.absolute().parent
    given = {name: getattr(data, name) for name in ("path", "options", "ddl", "bad_records")}
    given |= {"key": tuple(data.key or ()), "partition_by": tuple(data.partition_by or ())}
    return OwnData(folder=folder, format=data.format or "", **given)


# What a model can't know. Each check takes the values as they came, whole or not, so that all errors are told at once.


def _effective(document: YamlFile, given: Config | None) -> tuple[str, list[str]]:
    """The master and the formats of the run, as far as they can be told."""
    formats = given.formats if given and given.formats else _keys(document, "formats") or format_names()
    master = _value(document.values, ("spark", "master"))
    if given and "master" in given.model_fields_set or not isinstance(master, str):
        master = given.master if given else "local[2]"
    return master, [name for name in formats if name in format_names()]


def _keys(document: YamlFile, *place: str | int) -> list[str]:
    """The keys of a mapping, or the texts of a list."""
    found = _value(document.values, place)
    return [each for each in found if isinstance(each, str)] if isinstance(found, dict | list) else []


def _names(document: YamlFile) -> Faults:
    """Formats and inputs that are not installed."""
    for key, kind, installed in (("formats", "table format", format_names()), ("inputs", "input", input_names())):
        found = _value(document.values, (key,))
        for number, name in enumerate(found if isinstance(found, dict | list) else ()):
            if isinstance(name, str) and name and name not in installed:
                yield (key, name if isinstance(found, dict) else number), _unknown(kind, name, installed)
    place = (*_own_place(document), "format")
    name = _value(document.values, place)
    if isinstance(name, str) and name not in input_names():
        yield place, _unknown("input", name, input_names())


def _unknown(kind: str, name: str, installed: Iterable[str]) -> str:
    return f"no {kind} of that name.{did_you_mean(name, installed)} Installed: {', '.join(installed)}."


def _conf(document: YamlFile, master: str, formats: Iterable[str]) -> Faults:
    """Spark settings that are not free, or that Spark would leave aside."""
    taken = reserved(master)
    for name in formats:
        taken |= dict.fromkeys(load_format(name).conf(""), f"the format {name} needs its own") | taken
    for key in _keys(document, "spark", "conf"):
        if key in taken:
            yield ("spark", "conf", key), f"can't be set: {taken[key]}"
        elif not key.startswith("spark."):
            yield (
                "spark",
                "conf",
                key,
            ), "Spark takes no notice of it: must begin with spark. (Hadoop's: spark.hadoop.)"


def _properties(document: YamlFile) -> Faults:
    """Table properties that a format refuses."""
    for name in _keys(document, "formats"):
        place = ("formats", name, "properties")
        for key in _keys(document, *place) if name in format_names() else ():
            reason = load_format(name).why_refused(key)
            if reason or not key:
                yield (*place, key), f"can't be given: {reason or 'it has no name'}"


def _own(document: YamlFile) -> tuple[str | None, list[tuple[Place, str]]]:
    """What the user's own files are, as named or by their content, and what can't be of what is said about them."""
    place = _own_place(document)
    path, name = (_value(document.values, (*place, key)) for key in ("path", "format"))
    if not isinstance(path, str) or not path:
        return None, []
    faults: list[tuple[Place, str]] = []
    try:
        found = owndata.find(OwnData(path=path, folder=document.path.absolute().parent, format=""))
        name = owndata.kind(found) if name is None else name
    except (DatasetError, OSError) as error:
        faults.append(((*place, "path"), str(error)))
    if not isinstance(name, str) or name not in input_names():
        return None, faults
    faults += _own_options(document, place, load_input(name))
    if _keys(document, "inputs") not in ([], [name]):
        faults.append((("inputs",), f"must be [{name}], or left out: your own files are the one input"))
    return name, faults


def _own_options(document: YamlFile, own: Place, files: Input) -> Faults:
    """Options that contradict each other, or that Spark would take for others."""
    aside = _value(document.values, (*own, "bad_records")) == "aside"
    if aside and files.typed:
        yield (*own, "bad_records"), f"{files.name} files tell their types: a record that doesn't fit is a damage"
    for key in _keys(document, *own, "options"):
        place = (*own, "options", key)
        if aside and key.lower() in badrecords.RESERVED:
            yield place, "can't be given together with bad_records: aside, which sets it"
        elif key.lower() == "mode" and str(_value(document.values, place)).upper() not in _MODES:
            yield place, f"must be one of {', '.join(_MODES)}"  # Spark would take another for the first one


def _own_place(document: YamlFile) -> Place:
    """Where the user's own files are told: under `datasets`, or in an item of its list."""
    found = document.values.get("datasets")
    for number, each in enumerate(found if isinstance(found, list) else ()):
        if isinstance(each, dict) and "path" in each:
            return "datasets", number
    return ("datasets",)


def _profile(document: YamlFile) -> Faults:
    """A profile that is not the installed pyspark's."""
    name = _value(document.values, ("profile",))
    installed = version("pyspark")
    try:
        ours = jars.profile_for(installed)
    except ProfileError:  # told when the run begins, whatever the file says
        return
    if not isinstance(name, str) or not name or name == ours.name:
        return
    known = {each.name: each.spark for each in jars.profiles()}
    advice = (
        f"install the pyspark that it is for: pip install pyspark=={known[name]}"
        if name in known
        else f"there are: {', '.join(known)}"
    )
    yield ("profile",), f"pyspark {installed} is installed, whose profile is {ours.name}; {advice}"


def _jars(document: YamlFile) -> Faults:
    """Jars that are neither coordinates nor files."""
    for name in _keys(document, "formats"):
        place = ("formats", name, "jars")
        found = _value(document.values, place)
        for number, jar in enumerate(found if isinstance(found, list) else ()):
            if isinstance(jar, str) and jar and not jars.COORDINATE.fullmatch(jar):
                try:
                    jars.check_file(Path(_absolute(jar, document.path)))
                except JarError as error:
                    yield (*place, number), str(error)


def _useless(options: Mapping[str, Any], data: OwnSection, file: Path) -> list[str]:
    """A line per option that means nothing where the rows are the user's own files."""
    told_ = [
        f"--otf-{name} {options[name]}: the rows are the files of datasets.path in {file}: leave the option out"
        for name in ("dataset", "rows", "seed")
        if options.get(name) is not None
    ]
    inputs = options.get("inputs")
    if inputs is not None and data.format and inputs != data.format:
        told_.append(
            f"--otf-inputs {inputs}: must be {data.format}, as the files of datasets.path in {file}, or left out"
        )
    return told_
