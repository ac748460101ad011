"""A YAML file as plain values, each with the line that it stands on. Knows no key."""

from __future__ import annotations

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


def read(path: Path) -> YamlFile:
    """Read the file; raises ConfigError if it is missing, no YAML, empty, or no mapping."""
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise ConfigError(f"{path} can't be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no UTF-8 text: byte {error.object[error.start]:#04x} at {error.start}.") from None
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(_syntax(path, text, error)) from None
    if not text.strip():
        raise ConfigError(f"{path} is empty: give it keys, or leave it out.")
    if root is None:
        return YamlFile(path, {}, {})  # comments only, as `otfbench init` writes it
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(f"{path}:{root.start_mark.line + 1}: the file must be a mapping (key: value) at the top.")
    walk = _Walk()
    return YamlFile(path, walk.value(root, ()), walk.lines, walk.faults)


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
    reason = f"{context}, {what}" if context else what
    if mark is None:
        return f"{path} is no YAML: {reason}"
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

    def value(self, node: yaml.Node, key_path: KeyPath) -> Any:
        self.lines.setdefault(key_path, node.start_mark.line + 1)
        if not node.tag.startswith(_STANDARD):
            tag = redaction.HIDDEN if redaction.is_secret(str(key_path[-1:])) else node.tag
            self.faults.append((key_path, f"has the tag {tag}: tags mean nothing here, leave it out"))
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
