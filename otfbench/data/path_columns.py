"""Columns whose values are in the folders' names: `day=2024-01-01`. Knows no input and no Spark."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import unquote

from otfbench.data.discovery import UserData, location
from otfbench.data.globs import is_glob
from otfbench.data.listing import is_column
from otfbench.data.text_inference import infer
from otfbench.errors import DatasetError
from otfbench.files import is_uri
from otfbench.formats.hadoop import local_path

if TYPE_CHECKING:
    import pyarrow as pa

Values = dict[str, str | None]
"""Column -> the text that a path has for it; None is null."""
Groups = list[tuple[Values, list[str]]]
"""Files with the values that their paths have, which are those of the same columns in all of them."""

_NULL = "__HIVE_DEFAULT_PARTITION__"


def root_of(data: UserData) -> str:
    """The folder below which folders name columns: what comes before the first `name=value`, or `*`, of the path.

    Folders above a path that is relative name no columns: they are not what the user names.
    """
    base = {name.lower(): value for name, value in data.options.items()}.get("basepath")
    if base:
        return local_path(base)
    if is_uri(location(data.path, data.folder)):
        parts = location(data.path, data.folder).split("/")
        return "/".join(parts[: _fixed(parts)])
    named = os.path.normpath(os.path.expanduser(data.path))
    parts = named.split(os.sep)
    fixed = _fixed(parts)
    return os.path.normpath(os.path.join(data.folder, os.sep.join(parts[:fixed]) or (os.sep if parts[0] == "" else "")))


def _fixed(parts: Sequence[str]) -> int:
    """How many parts of a path come before the first that names a column, or is a glob."""
    return next((n for n, part in enumerate(parts) if is_column(part) or is_glob(part)), len(parts))


def group_by_values(files: Iterable[str], root: str) -> Groups:
    """The files with the values that their folders below the root name, as text; those of the same values together.

    Raises DatasetError if not all of them are in folders of the same columns.
    """
    groups: dict[tuple[tuple[str, str | None], ...], list[str]] = {}
    for file in files:
        groups.setdefault(tuple(_values(file, root)), []).append(file)
    examples = {tuple(name for name, _ in values): paths[0] for values, paths in groups.items()}
    for columns, path in examples.items():
        if len({name.lower() for name in columns}) < len(columns):
            raise DatasetError(f"{path}: two of its folders name one column: rename one of them")
    if len(examples) > 1:
        (columns, one), (others, other), *_ = examples.items()
        where = f"{one} is {_in_words(columns)}, {other} {_in_words(others)}"
        raise DatasetError(f"{where}: leave out those that don't belong there.")
    return [(dict(values), paths) for values, paths in groups.items()]


def fields(groups: Groups, as_text: bool) -> tuple[list[pa.Field], dict[str, str]]:
    """The columns in the types that all values can be got back from, and what is to be said of some of them."""
    import pyarrow as pa

    rows = [values for values, _ in groups]
    texts = [pa.array([row[name] for row in rows], pa.string()) for name in rows[0]] if rows else []
    if not texts or not rows[0]:
        return [], {}
    batch = pa.RecordBatch.from_arrays(texts, names=list(rows[0]))
    if as_text:
        return list(batch.schema), {}
    schema, notes = infer([batch])
    return [field if _is_path_type(field.type) else field.with_type(pa.string()) for field in schema], notes


def _is_path_type(kind: pa.DataType) -> bool:
    """Types in which Spark reads the values of paths as they are; a decimal, for one, it gives another scale."""
    from pyarrow import types

    return bool(types.is_int64(kind) or types.is_date32(kind) or types.is_boolean(kind))


def is_partitioned(file: str) -> bool:
    """Whether the file is in a folder that names a column."""
    return any(map(is_column, _folders(file, os.sep)))


def escaped(values: Values) -> list[str]:
    """The names of folders from which Spark reads these values."""
    return [f"{_escape(name)}={_NULL if value is None else _escape(value)}" for name, value in values.items()]


def _escape(text: str) -> str:
    return "".join(f"%{ord(each):02X}" if each < " " or each in "\x7f\"#%'*/:=?\\{}[]^" else each for each in text)


def read_by_spark(file: str, root: str) -> Values:
    """The values that Spark itself takes from the path of a file below the root.

    It looks at one run of folders only, the lowest one, and takes an escaped byte for a character.
    """
    columns: list[str] = []
    for folder in reversed(_folders(file, root)):
        if is_column(folder):
            columns.append(folder)
        elif columns:
            break
    values: Values = {}
    for folder in reversed(columns):
        name, _, value = folder.partition("=")
        values[unquote(name, "latin-1")] = None if value == _NULL else unquote(value, "latin-1")
    return values


def _values(file: str, root: str) -> Iterator[tuple[str, str | None]]:
    """Column and value by its folders; null by the name that Hive gives to it."""
    for folder in filter(is_column, _folders(file, root)):
        name, _, value = folder.partition("=")
        if not value:
            raise DatasetError(f"{file}: the folder {folder} names a column, but no value: rename it")
        yield _decoded(name), None if value == _NULL else _decoded(value)


def _folders(file: str, root: str) -> list[str]:
    return os.path.dirname(os.path.relpath(file, root)).split(os.sep)


def _decoded(text: str) -> str:
    """Escaped are the bytes of UTF-8, or else what Hive escapes, its characters."""
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        return unquote(text, "latin-1")


def _in_words(columns: Sequence[str]) -> str:
    return f"in folders {', '.join(f'{name}=...' for name in columns)}" if columns else "in none named so"
