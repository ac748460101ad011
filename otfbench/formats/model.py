"""The types of the format contract: table, loss, variant, capability. Knows nothing of Spark."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import Column


class Capability(str, Enum):
    """What a format may be able to do with a table beyond creating, reading and dropping it."""

    APPEND = "append"
    OVERWRITE = "overwrite"
    MERGE = "merge"
    UPDATE = "update"
    DELETE = "delete"
    ADD_COLUMN = "add column"
    TIME_TRAVEL = "time travel"
    COMPACT = "compaction"
    EXPIRE = "expiry of old versions"
    CONFLICTS = "detection of conflicts between changes of the same files"
    STREAM = "streams into tables"
    IMPORT = "import of Parquet files as they are"
    CHANGE_FEED = "change feed"


@dataclass(frozen=True)
class Loss:
    """Values that a format doesn't keep, though it keeps their type."""

    applies: Callable[[Column], Column]
    """Whether a value is one of them."""
    reason: str
    setting: str | None = None
    """The setting of Spark's under which they are lost while it is EXCEPTION; None if they are in any case."""


@dataclass(frozen=True)
class Table:
    """A table's name and the folder (or Hadoop URI) under which its format keeps it."""

    name: str
    warehouse: str
    properties: tuple[tuple[str, str], ...] = ()
    """The properties in CREATE TABLE."""
    partition_by: tuple[str, ...] = ()
    """Columns by whose values rows are put into folders."""


SHIPPED = "shipped"
"""The variant without any setting: the defaults of the release."""
CUSTOM = "custom"
"""The name of `shipped` in cases of a format to which the user gave properties."""
OWN = "own"
"""The name of the variant in cases about a copy of a table of the user's: it is as that one is."""


@dataclass(frozen=True)
class Variant:
    """A named setting of a format: properties in CREATE TABLE, and settings of the running session."""

    properties: Mapping[str, str] = field(default_factory=dict)
    """`{key}` in a value stands for the key columns, with commas between them."""
    conf: Mapping[str, str] = field(default_factory=dict)

    @property
    def keyed(self) -> bool:
        """Whether the variant takes a key."""
        return any("{key}" in value for value in self.properties.values())
