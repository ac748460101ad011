"""A YAML file as plain values, each with the line that it stands on. Knows no key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]  # PyYAML has no types of its own

from otfbench import redaction
from otfbench.errors import ConfigError

KeyPath = tuple[str | int, ...]
"""Where a value is: keys and list indexes, from the top."""

_STANDARD = "tag:yaml.org,2002:"
_NULL = _STANDARD + "null"
_BYTES = 1 << 18
"""The most bytes of a configuration. Chosen: far more than any has."""
_DEPTH = 50
"""The most levels of nesting. Chosen: far more than any configuration has."""
_NODES = 20_000
"""The most values. Chosen: far more than any configuration has; by aliases a few bytes can stand for billions."""


@dataclass(frozen=True)
class YamlFile:
    """The values, and what is wrong with them whatever they mean. A scalar is its text as written, or None."""

    path: Path
    values: dict[str, Any]
    lines: Mapping[KeyPath, int]
    faults: list[tuple[KeyPath, str]] = field(default_factory=list)

    def line(self, key_path: KeyPath) -> int:
        """The line of this value, or of the nearest one around it that the file has."""
        while key_path and key_path not in self.lines:
            key_path = key_path[:-1]
        return self.lines.get(key_path, 1)


def value_at(values: Any, key_path: KeyPath) -> Any:
    """The value at that path of keys; None if there is none."""
    for part in key_path:
        if isinstance(values, dict):
            values = values.get(part)
        elif isinstance(values, list) and isinstance(part, int):
            values = values[part]
        else:
            return None
    return values


def keys_at(document: YamlFile, *key_path: str | int) -> list[str]:
    """The keys of a mapping, or the texts of a list."""
    value = value_at(document.values, key_path)
    return [each for each in value if isinstance(each, str)] if isinstance(value, dict | list) else []


class _TooMuchError(yaml.MarkedYAMLError):  # type: ignore[misc]  # PyYAML has no types
    """Raised for YAML with more values, or deeper nesting, than any configuration has."""


def read(path: Path) -> YamlFile:
    """Read the file; raises ConfigError if it is missing, no YAML, empty, too large, or no mapping."""
    text = _text(path)
    try:
        root = _compose(text)
        if not text.strip():
            raise ConfigError(f"{path} is empty: give it keys, or leave it out.")
        if root is None:
            return YamlFile(path, {}, {})  # comments only, as `otfbench init` writes it
        if not isinstance(root, yaml.MappingNode):
            raise ConfigError(f"{path}:{root.start_mark.line + 1}: the file must be a mapping (key: value) at the top.")
        walk = _Walk()
        return YamlFile(path, walk.value(root, ()), walk.lines, walk.faults)
    except yaml.YAMLError as error:
        raise ConfigError(_syntax(path, text, error)) from None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _BYTES:
            raise ConfigError(f"{path} is larger than {_BYTES >> 10} kB: it is no configuration.")
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no UTF-8 text: byte {error.object[error.start]:#04x} at {error.start}.") from None


def _compose(text: str) -> yaml.Node | None:
    """The root node; raises YAMLError, also for what is too large or nested too deep to be a configuration."""
    depth = count = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        count += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        _check_size(count, depth, event.start_mark)
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _check_size(count: int, depth: int, mark: yaml.Mark) -> None:
    if depth > _DEPTH:
        raise _TooMuchError(problem=f"values are nested deeper than {_DEPTH} levels", problem_mark=mark)
    if count > _NODES:
        problem = f"more than {_NODES} values, counting each time an alias (*name) repeats them"
        raise _TooMuchError(problem=problem, problem_mark=mark)


def show(key_path: KeyPath) -> str:
    """`formats.x.properties['a.b']`, `inputs[1]`: a place as people read it."""
    text = "" if key_path else "(top)"
    for part in key_path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif part.replace("_", "a").replace("-", "a").isalnum():
            text += f".{part}" if text else part
        else:
            text += f"[{part!r}]"
    return text


def _syntax(path: Path, text: str, error: Exception) -> str:
    """Where it is no YAML, and why; the line itself is not shown, it may be that of a secret."""
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    context = getattr(error, "context", None)
    reason = re.sub(r"(alias|anchor|directive|handle) '[^']*'", r"\1", f"{context}, {what}" if context else what)
    if mark is None:
        return f"{path} is no YAML: {reason}"
    if isinstance(error, _TooMuchError):
        return f"{path}:{mark.line + 1}: {what}"
    key = "".join(text.splitlines()[mark.line : mark.line + 1]).partition(":")[0]
    if redaction.is_secret(key):
        reason = "put the value in quotes"
    return f"{path}:{mark.line + 1}: no YAML (column {mark.column + 1}): {reason}"


class _Walk:
    """From nodes to values; notes lines and faults on the way."""

    def __init__(self) -> None:
        self.lines: dict[KeyPath, int] = {}
        self.faults: list[tuple[KeyPath, str]] = []
        self._open: list[yaml.Node] = []
        self._count = 0

    def value(self, node: yaml.Node, key_path: KeyPath) -> Any:
        self._count += 1
        _check_size(self._count, len(key_path), node.start_mark)
        self.lines.setdefault(key_path, node.start_mark.line + 1)
        if not node.tag.startswith(_STANDARD):
            advice = "tags mean nothing here, leave it out, or put the value in quotes"
            self.faults.append((key_path, f"begins with a tag (!...): {advice}"))
        if isinstance(node, yaml.ScalarNode):
            return None if node.tag == _NULL else node.value
        if node in self._open:
            self.faults.append((key_path, "contains itself"))
            return None
        self._open.append(node)
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(each, (*key_path, number)) for number, each in enumerate(node.value)]
            return dict(self._entries(node, key_path))
        finally:
            self._open.pop()

    def _entries(self, node: yaml.MappingNode, key_path: KeyPath) -> Iterator[tuple[str, Any]]:
        """A key's line is that of the key, not of its value, which may begin below it."""
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.faults.append((key_path, f"has a key in line {line} that is no text"))
                continue
            inner = (*key_path, key.value)
            if key.value in seen:
                self.faults.append((inner, f"is given twice: in line {seen[key.value]} and in line {line}"))
            seen[key.value] = self.lines[inner] = line
            yield key.value, self.value(value, inner)
