"""The YAML file of a run: checked against what is installed, joined with the options. Knows nothing of pytest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from otfbench import redaction
from otfbench.config import yaml
from otfbench.config.checks import check, jar_path
from otfbench.config.options import Config, generated_datasets, parse_config
from otfbench.config.schema import ConfigFile, FormatSection, GateException, GeneratedSection, OwnSection
from otfbench.config.strict_model import StrictModel
from otfbench.config.user_tables import is_table_format, options_not_for_tables
from otfbench.config.values import TYPE
from otfbench.config.versions import in_versions
from otfbench.config.yaml import KeyPath, YamlFile, show, value_at
from otfbench.data.discovery import UserData
from otfbench.errors import ConfigError
from otfbench.files import is_uri
from otfbench.hints import describe
from otfbench.spark.replaced_jars import SESSION

FILE_NAME = "otfbench.yaml"
_MOST_LINES = 40
"""The most errors that are shown: one screen."""


def find_config_file(named: str | None, here: Path, root: Path) -> Path | None:
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
        return in_versions(parse_config(options))
    document = yaml.read(file)
    model, faults = _model(document)
    lines: list[str] = []
    try:
        given = parse_config(_suite(model) | {name: value for name, value in options.items() if value is not None})
    except ConfigError as error:
        lines, given = [str(error)], None
    kind, wrong = check(document, given)
    for key_path, message in sorted([*faults, *wrong], key=lambda fault: document.line(fault[0])):
        lines.append(_line(document, key_path, message))
    user_files = _user_files_section(model, kind) if model else None
    if user_files:
        lines += _useless(options, user_files, file)
    if lines or model is None:
        raise ConfigError(_one_screen(lines))
    assert given is not None  # else there would be a line
    said = {name: value for name, value in options.items() if value is not None}
    values = {**_flat(model, file, given, user_files, said), **said}
    return in_versions(_of_its_formats(parse_config(values)))


def _suite(model: ConfigFile | None) -> dict[str, Any]:
    """The suite, if the file names it: its defaults stand behind all that isn't said."""
    return {"suite": model.suite} if model and "suite" in model.model_fields_set else {}


def _of_its_formats(config: Config) -> Config:
    """The configuration without the settings of formats that an option has left out."""
    settings = {key: getattr(config, key) for key in ("properties", "variants", "jars", "catalogs")}
    chosen = config.formats or ()
    used = {
        key: {name: each for name, each in kept.items() if name in (*chosen, SESSION)} for key, kept in settings.items()
    }
    return config.model_copy(update=used | {"replaced": tuple(name for name in config.replaced if name in chosen)})


def gate_exceptions(file: Path | None) -> list[GateException]:
    """What the file lets the gate pass; raises ConfigError."""
    return _alone(file).gate.exceptions if file else []


def template(file: Path | None) -> Path | None:
    """The template of the report's page that the file names, if it does; raises ConfigError."""
    named = _alone(file).report.template if file else None
    return file.absolute().parent / named.expanduser() if file and named else None


def _alone(file: Path) -> ConfigFile:
    """What the file says, where no run is started: that its formats and paths are there is not asked."""
    document = yaml.read(file)
    model, faults = _model(document)
    if faults or model is None:
        ordered = sorted(faults, key=lambda fault: document.line(fault[0]))
        raise ConfigError(_one_screen([_line(document, key_path, message) for key_path, message in ordered]))
    return model


def _model(document: YamlFile) -> tuple[ConfigFile | None, list[tuple[KeyPath, str]]]:
    """The file as its model, and the values that can't be."""
    faults = list(document.faults)
    try:
        return ConfigFile.model_validate(document.values), faults
    except ValidationError as error:
        return None, faults + [(detail["loc"], describe(detail)) for detail in error.errors()]


def _one_screen(lines: list[str]) -> str:
    """All of them, if there are no more than one can read."""
    more = [f"... and {len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else []
    return "\n".join([*lines[:_MOST_LINES], *more])


def _is_shown(key_path: KeyPath) -> bool:
    """Whether a value may be repeated in an error: that of a known key, and of no setting, property or other option."""
    known = {field.alias or name for each in StrictModel.__subclasses__() for name, field in each.model_fields.items()}
    names = [str(part) for part in key_path if not isinstance(part, int)]
    if (names[-2:-1], names[-1].lower()) in ((["options"], "mode"), (["catalog"], TYPE), (["jars"], "replace")):
        return True
    containers = {"conf", "properties", "options", "catalog"}
    return bool(names) and names[-1] in known and not containers.intersection(names[:-1])


def _line(document: YamlFile, key_path: KeyPath, message: str) -> str:
    value = value_at(document.values, key_path)
    shown = f" {redaction.redact_text(value)[:60]}" if isinstance(value, str) and _is_shown(key_path) else ""
    return f"{document.path}:{document.line(key_path)}: {show(key_path)}{shown}: {message}"


def _flat(
    model: ConfigFile, file: Path, given: Config, user_files: OwnSection | None, options: Mapping[str, Any]
) -> dict[str, Any]:
    """The file's values by the names that Config has for them."""
    options_there = {"suite", "rounds", "warmup", "case_timeout", "jvms", "verify"} & model.model_fields_set
    values: dict[str, Any] = {name: getattr(model, name) for name in options_there}
    spark_there = {"master", "driver_memory"} & model.spark.model_fields_set
    values["jars"] = {SESSION: tuple(jar_path(jar, file) for jar in model.spark.jars)} if model.spark.jars else {}
    values |= {"conf": model.spark.conf} | {name: getattr(model.spark, name) for name in spark_there}
    values |= {"keep_tables": model.storage.keep_tables, "inputs": tuple(model.inputs) if model.inputs else None}
    values |= {"mixes": model.mixes, "prices": model.prices}
    values["operations"] = tuple(model.operations) if model.operations else None
    if model.storage.warehouse is not None:
        warehouse = model.storage.warehouse
        values["warehouse"] = (
            warehouse if is_uri(warehouse) else str(file.absolute().parent / Path(warehouse).expanduser())
        )
    if isinstance(model.formats, dict):
        values["formats"] = tuple(model.formats)
        per_format = _per_format(model.formats, file)
        values |= per_format | {"jars": {**values["jars"], **per_format["jars"]}}
        values["replaced"] = tuple(name for name, each in model.formats.items() if isinstance(each.jars, dict))
    if user_files:
        of_table = is_table_format(user_files.format)
        values |= {"formats" if of_table else "inputs": (user_files.format,), "user_data": _user_data(user_files, file)}
    else:
        sections = {each.name: each for each in _sections(model) if isinstance(each, GeneratedSection)}
        values["datasets"] = generated_datasets(given.dataset or sections, given, sections, options)
    return {name: value for name, value in values.items() if value is not None}


def _per_format(formats: Mapping[str, FormatSection], file: Path) -> dict[str, Any]:
    """What the file says of single formats, where it does."""
    return {
        "properties": {name: each.properties for name, each in formats.items() if each.properties},
        "variants": {name: tuple(each.variants) for name, each in formats.items() if each.variants},
        "jars": {
            name: tuple(jar_path(jar, file) for jar in each.user_jars) for name, each in formats.items() if each.jars
        },
        "catalogs": {name: each.catalog for name, each in formats.items() if each.catalog},
    }


def _sections(model: ConfigFile) -> list[GeneratedSection | OwnSection]:
    return model.datasets if isinstance(model.datasets, list) else [model.datasets]


def _user_files_section(model: ConfigFile, kind: str | None) -> OwnSection | None:
    """The section of the user's own files, if it is about those, with the format that they are of."""
    section = next((each for each in _sections(model) if isinstance(each, OwnSection)), None)
    return section.model_copy(update={"format": kind}) if section else None


def _user_data(user_files: OwnSection, file: Path) -> UserData:
    folder = file.absolute().parent
    given = {name: getattr(user_files, name) for name in ("path", "options", "ddl", "infer", "bad_records")}
    given |= {"key": tuple(user_files.key or ()), "partition_by": tuple(user_files.partition_by or ())}
    return UserData(folder=folder, format=user_files.format or "", table=is_table_format(user_files.format), **given)


def _useless(options: Mapping[str, Any], user_files: OwnSection, file: Path) -> list[str]:
    """A line per option that means nothing where the rows are the user's own files."""
    lines = [
        f"--otf-{name} {options[name]}: the rows are the files of datasets.path in {file}: leave the option out"
        for name in ("dataset", "rows", "seed")
        if options.get(name) is not None
    ]
    inputs = options.get("inputs")
    if is_table_format(user_files.format):
        lines += options_not_for_tables(options, str(user_files.format), file)
    elif inputs is not None and user_files.format and inputs != user_files.format:
        lines.append(
            f"--otf-inputs {inputs}: must be {user_files.format}, as the files of datasets.path in {file}, or left out"
        )
    return lines
