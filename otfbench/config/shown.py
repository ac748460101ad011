"""What a run is asked to do, as results keep it and as people are shown it; secrets are hidden. Reads no file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from otfbench import redaction
from otfbench.config.options import Config
from otfbench.data.discovery import UserData, location
from otfbench.files import is_uri
from otfbench.spark.replaced_jars import SESSION

_SETTING = "spark.sql.catalog."


def recorded(config: Config, identity: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a run was asked to do, as results keep it; what only the YAML file says is there only if it says it.

    Where the tables are is not recorded, but on which kind of file system, if it isn't this machine's.
    """
    only_said = {"conf", "properties", "variants", "jars", "replaced", "catalogs", "operations", "mixes", "prices"}
    unsaid = {
        "resume",
        "case_timeout",
        "jvms",
        "keep_tables",
        "versions",
        "warehouse",
        "user_data",
        "dataset",
        "rows",
        "seed",
    }
    kept = config.model_dump(mode="json", exclude=only_said | unsaid)
    if identity is not None:
        kept["datasets"] = [dict(identity)]
    said = config.model_dump(mode="json", include={"variants", "operations", "mixes", "prices"})
    said |= {"conf": redaction.redact_settings(config.conf), "properties": _properties(config)}
    said["catalogs"] = _catalogs(config)
    if config.warehouse and is_uri(config.warehouse):
        said["file_system"] = config.warehouse.split(":")[0]
    said["jars"] = {name: [Path(jar).name for jar in each] for name, each in config.jars.items()}
    return dict(redaction.redact_json(kept | {key: value for key, value in said.items() if value}))


def effective(config: Config) -> dict[str, Any]:
    """What a run is asked to do, in the keys of the file; what is not said has its default, secrets are hidden."""
    user_data, spark = config.user_data, {"master": config.master, "driver_memory": config.driver_memory}
    session_jars = list(config.jars.get(SESSION, ()))
    values: dict[str, Any] = {
        "spark": spark | _said({"conf": redaction.redact_settings(config.conf) or None, "jars": session_jars or None}),
        "formats": _effective_formats(config),
        "inputs": None if user_data or config.inputs is None else list(config.inputs),
        **{name: getattr(config, name) for name in ("suite", "rounds", "warmup", "case_timeout", "jvms", "verify")},
        "operations": None if config.operations is None else list(config.operations),
        "mixes": config.mixes or None,
        "prices": config.prices or None,
        "datasets": _effective_user_data(user_data) if user_data else _effective_datasets(config),
        "storage": _said({"warehouse": config.warehouse, "keep_tables": config.keep_tables}),
    }
    return dict(redaction.redact_json(_said(values)))


def _effective_datasets(config: Config) -> list[dict[str, Any]]:
    """Each of them once, with its numbers of rows."""
    first: dict[str, dict[str, Any]] = {}
    for each in config.datasets:
        known = first.setdefault(each.name, {**each.model_dump(), "rows": []})
        known["rows"].append(each.rows)
    return [{**each, "rows": each["rows"] if len(each["rows"]) > 1 else each["rows"][0]} for each in first.values()]


def _effective_formats(config: Config) -> dict[str, Any] | None:
    """Each of them with its settings; None if nothing is said of any."""
    settings: dict[str, Mapping[str, Any]] = {
        "properties": _properties(config),
        "variants": {name: list(each) for name, each in config.variants.items()},
        "catalog": _catalogs(config),
        "jars": {n: {"replace": list(each)} if n in config.replaced else list(each) for n, each in config.jars.items()},
    }
    if config.formats is None:
        return None
    return {name: {key: each[name] for key, each in settings.items() if name in each} for name in config.formats}


def _properties(config: Config) -> dict[str, dict[str, str]]:
    return {name: redaction.redact_settings(each) for name, each in config.properties.items()}


def _catalogs(config: Config) -> dict[str, dict[str, str]]:
    """Catalogs with their options as they may be shown: like settings of Spark, any of which may be a secret."""
    return {name: _as_settings(each) for name, each in config.catalogs.items()}


def _as_settings(options: Mapping[str, str]) -> dict[str, str]:
    shown = redaction.redact_settings({f"{_SETTING}{name}": value for name, value in options.items()})
    return {name.removeprefix(_SETTING): value for name, value in shown.items()}


def _effective_user_data(user_data: UserData) -> dict[str, Any]:
    path = location(user_data.path, user_data.folder)
    values: dict[str, Any] = {
        "path": path,
        "format": user_data.format,
        "options": redaction.redact_settings(user_data.options) or None,
        "schema": user_data.ddl,
    }
    lists = {"key": list(user_data.key) or None, "partition_by": list(user_data.partition_by) or None}
    if not user_data.table:
        values |= {"infer": user_data.infer, "bad_records": user_data.bad_records}
    return _said(values | lists)


def _said(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}
