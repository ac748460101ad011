"""The YAML file of a run: checked against what is installed, joined with the options. Knows nothing of pytest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from otfbench import badrecords, owndata, yamlfile
from otfbench.config import (
    Config,
    ConfigFile,
    OwnData,
    OwnSection,
    did_you_mean,
    parse_config,
    redacted,
    told,
)
from otfbench.errors import ConfigError, DatasetError
from otfbench.inputs.base import Input
from otfbench.registry import format_names, input_names, load_format, load_input
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
    faults += [*_names(document), *_conf(document, master, formats), *_properties(document), *wrong]
    faults.sort(key=lambda fault: document.line(fault[0]))
    lines += [_line(document, place, message) for place, message in faults]
    if model and isinstance(model.dataset, OwnSection):
        data = model.dataset.model_copy(update={"format": kind})
        model = model.model_copy(update={"dataset": data})
        lines += _useless(options, data, file)
    if lines or model is None:
        raise ConfigError("\n".join(lines))
    values = {**_flat(model, file), **{name: value for name, value in options.items() if value is not None}}
    config = parse_config(values)
    used = {name: each for name, each in config.properties.items() if name in (config.formats or ())}
    return config.model_copy(update={"properties": used})


def recorded(config: Config, identity: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a run was asked to do, as results keep it; what only the YAML file says is there only if it says it."""
    kept = config.model_dump(mode="json", exclude={"resume", "keep_tables", "warehouse", "conf", "properties", "own"})
    if config.conf:
        kept["conf"] = redacted(config.conf)
    if config.properties:
        kept["properties"] = {name: redacted(each) for name, each in config.properties.items()}
    if identity is not None:
        kept |= {"dataset": dict(identity), "rows": identity["rows"], "seed": None}
    return kept


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


def _flat(model: ConfigFile, file: Path) -> dict[str, Any]:
    """The file's values by the names that Config has for them."""
    values: dict[str, Any] = {name: getattr(model, name) for name in ("rounds", "warmup", "verify")}
    values |= {"master": model.spark.master, "driver_memory": model.spark.driver_memory, "conf": model.spark.conf}
    values |= {"keep_tables": model.storage.keep_tables, "inputs": tuple(model.inputs) if model.inputs else None}
    if model.storage.warehouse is not None:
        values["warehouse"] = file.absolute().parent / Path(model.storage.warehouse).expanduser()
    if isinstance(model.formats, dict):
        values["formats"] = tuple(model.formats)
        values["properties"] = {name: each.properties for name, each in model.formats.items() if each.properties}
    data = model.dataset
    if isinstance(data, OwnSection):
        own = _own_data(data, file)
        values |= {"inputs": (own.format,), "own": own}
    else:
        values |= {"rows": data.rows, "seed": data.seed}
    return {name: value for name, value in values.items() if value is not None}


def _own_data(data: OwnSection, file: Path) -> OwnData:
    folder = file.absolute().parent
    given = {name: getattr(data, name) for name in ("path", "options", "ddl", "bad_records")}
    return OwnData(folder=folder, format=data.format or "", **given)


# What a model can't know. Each check takes the values as they came, whole or not, so that all errors are told at once.


def _effective(document: YamlFile, given: Config | None) -> tuple[str, list[str]]:
    """The master and the formats of the run, as far as they can be told."""
    formats = given.formats if given and given.formats else _keys(document, "formats") or format_names()
    master = _value(document.values, ("spark", "master"))
    if given and "master" in given.model_fields_set or not isinstance(master, str):
        master = given.master if given else "local[2]"
    return master, [name for name in formats if name in format_names()]


def _keys(document: YamlFile, *place: str) -> list[str]:
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
    name = _value(document.values, ("dataset", "format"))
    if isinstance(name, str) and name not in input_names():
        yield ("dataset", "format"), _unknown("input", name, input_names())


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
    values = document.values.get("dataset")
    path, name = (values.get("path"), values.get("format")) if isinstance(values, dict) else (None, None)
    if not isinstance(path, str) or not path:
        return None, []
    faults: list[tuple[Place, str]] = []
    try:
        found = owndata.find(OwnData(path=path, folder=document.path.absolute().parent, format=""))
        name = owndata.kind(found) if name is None else name
    except (DatasetError, OSError) as error:
        faults.append((("dataset", "path"), str(error)))
    if not isinstance(name, str) or name not in input_names():
        return None, faults
    faults += _own_options(document, load_input(name))
    if _keys(document, "inputs") not in ([], [name]):
        faults.append((("inputs",), f"must be [{name}], or left out: your own files are the one input"))
    return name, faults


def _own_options(document: YamlFile, files: Input) -> Faults:
    """Options that contradict each other, or that Spark would take for others."""
    aside = _value(document.values, ("dataset", "bad_records")) == "aside"
    if aside and files.typed:
        yield ("dataset", "bad_records"), f"{files.name} files tell their types: a record that doesn't fit is a damage"
    for key in _keys(document, "dataset", "options"):
        place = ("dataset", "options", key)
        if aside and key.lower() in badrecords.RESERVED:
            yield place, "can't be given together with bad_records: aside, which sets it"
        elif key.lower() == "mode" and str(_value(document.values, place)).upper() not in _MODES:
            yield place, f"must be one of {', '.join(_MODES)}"  # Spark would take another for the first one


def _useless(options: Mapping[str, Any], data: OwnSection, file: Path) -> list[str]:
    """A line per option that means nothing where the rows are the user's own files."""
    told_ = [
        f"--otf-{name} {options[name]}: the rows are the files of dataset.path in {file}: leave the option out"
        for name in ("rows", "seed")
        if options.get(name) is not None
    ]
    inputs = options.get("inputs")
    if inputs is not None and data.format and inputs != data.format:
        told_.append(
            f"--otf-inputs {inputs}: must be {data.format}, as the files of dataset.path in {file}, or left out"
        )
    return told_
