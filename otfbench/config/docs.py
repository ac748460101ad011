"""The reference page and the commented example of the YAML file, generated from its models. Knows no key by name.

python -m otfbench.config.docs docs
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # PyYAML has no types of its own
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from otfbench.config.schema import ConfigFile, FormatSection, GateException, OwnSection, schema
from otfbench.config.strict_model import StrictModel

EXAMPLE, PAGE = "otfbench.example.yaml", "configuration.md"

_KEYS = re.compile(r"(?<=<!-- keys -->\n\n).*?(?=\n<!-- end of keys -->)", re.DOTALL)


def page(text: str) -> str:
    """The reference page with the tables between its two marks made anew; what else it says is written by hand."""
    tables = "\n".join([_table("", ConfigFile), *(_table(key, model) for key, model in _sections())])
    return _KEYS.sub(lambda _: tables, text)


def example() -> str:
    """A file of comments only: a suite has defaults of its own, which a key that is said would win over."""
    head = "# What otfbench is asked to do: every key, with its default. Take the # away from lines that you change."
    return f"{head}\n\n" + re.sub(r"(?m)^(?=[^#\n])", "#", spelled_out())


def spelled_out() -> str:
    """A file that says what is so without it; keys that have no default are comments."""
    return "\n".join(_example(ConfigFile, "")).rstrip() + "\n"


def write(folder: Path) -> None:
    """Write both into the folder."""
    text = (folder / PAGE).read_text(encoding="utf-8")
    (folder / PAGE).write_text(page(text), encoding="utf-8")
    (folder / EXAMPLE).write_text(example(), encoding="utf-8")


def _sections() -> Iterator[tuple[str, type[StrictModel]]]:
    """The sections of the file, in its order; those that are one of several kinds stand below each other."""
    for name, field in ConfigFile.model_fields.items():
        if name == "formats":
            yield "formats.NAME", FormatSection
        if isinstance(field.default, StrictModel):
            yield name, type(field.default)
        if name == "datasets":
            yield name, OwnSection
        if name == "gate":
            yield "gate.exceptions", GateException


def _table(key: str, model: type[StrictModel]) -> str:
    """The keys of one section as a Markdown table."""
    document = schema()
    properties = (document if model is ConfigFile else document["$defs"][model.__name__])["properties"]
    title = "The file" if model is ConfigFile else f"`{key}`: {_sentence(model)}"
    lines = [f"### {title}", "", "| key | value | default | |", "| --- | --- | --- | --- |"]
    for name, field in model.model_fields.items():
        kind = "see below" if isinstance(field.default, StrictModel) else _kind(properties[field.alias or name])
        lines.append(f"| `{field.alias or name}` | {kind} | {_default(field)} | {field.description} |")
    return "\n".join(lines) + "\n"


def _sentence(model: type[BaseModel]) -> str:
    text = (model.__doc__ or "").strip().rstrip(".")
    return text[0].lower() + text[1:]


def _kind(definition: dict[str, Any]) -> str:
    """What values a key takes, in words."""
    if "anyOf" in definition:
        return " or ".join(dict.fromkeys(_kind(each) for each in definition["anyOf"] if each.get("type") != "null"))
    if "enum" in definition:
        return ", ".join(f"`{each}`" for each in definition["enum"])
    if "const" in definition:
        return f"`{definition['const']}`"
    if definition["type"] == "integer":
        return f"whole number, at least {definition['minimum']}"
    if definition.get("items", {}).get("type") == "integer":
        return "list of them"
    if "$ref" in definition.get("items", {}):
        return "list of mappings, see below"
    if definition.get("format") == "date":
        return "date"
    names = {"string": "text", "boolean": "`true` or `false`", "array": "list of names", "object": "mapping"}
    return names[definition["type"]]


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "(required)"
    return "" if _empty(field) else f"`{yaml.safe_dump(field.default).split()[0]}`"


def _empty(field: FieldInfo) -> bool:
    return field.is_required() or field.default in (None, {}, []) or isinstance(field.default, StrictModel)


def _example(model: type[StrictModel], indent: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{indent}# {field.description}"
        key = field.alias or name
        if isinstance(field.default, StrictModel):
            yield f"{indent}{key}:"
            yield from _example(type(field.default), indent + "  ")
            if name == "datasets":
                yield from _commented(OwnSection, key)
        elif _empty(field):
            yield from (f"{indent}#{line}" for line in _dump({key: field.examples[0] if field.examples else None}))
        else:
            yield from (f"{indent}{line}" for line in _dump({key: field.default}))
        if not indent:
            yield ""


def _commented(model: type[StrictModel], key: str) -> Iterator[str]:
    """The section as it would stand there instead."""
    yield f"# {(model.__doc__ or '').strip()}"
    yield f"#{key}:"
    for name, field in model.model_fields.items():
        yield f"#  # {field.description}"
        yield from (
            f"#  {line}" for line in _dump({field.alias or name: field.examples[0] if field.examples else None})
        )


def _dump(values: dict[str, Any]) -> list[str]:
    text: str = yaml.safe_dump(values, sort_keys=False, width=1000, allow_unicode=True)
    return text.splitlines()


if __name__ == "__main__":
    write(Path(sys.argv[1]))
