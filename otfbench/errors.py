"""Everything that otfbench raises on purpose. Knows nothing of exit codes: cli.py and the plugin choose those.

::

    OtfbenchError
    ├── UsageError          what the user asked for can't be done as asked; nothing was started
    │   ├── ConfigError         an option has a value that it can't have
    │   ├── UnknownNameError    there is no format, input or dataset of that name
    │   ├── PluginError         an installed format or input is broken
    │   ├── JavaError           no Java that Spark runs on
    │   ├── ProfileError        no profile for the installed pyspark
    │   ├── JarError            a jar can't be fetched, or is not the one that the lock names
    │   ├── WarehouseError      the folder for the tables can't be used
    │   ├── RunFileError        a file can't be read as a run or as a baseline
    │   ├── TemplateError       a template of the report is broken
    │   └── IncomparableError   two runs have nothing that can be compared
    ├── UnsupportedError    something that a format, an input or the rows can't do: a result, not a mistake
    ├── JvmError            a JVM did not start, or died
    ├── ContentError        a table does not hold the rows that it must hold
    ├── DatasetError        the rows of a dataset could not be written or are not what they must be
    │   └── NothingNewError     each file of the source is in the table already
    └── StatusError         a case took a step that its status doesn't allow
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """A key of `datasets` that an error names; with `option`, one of Spark's options there and its value."""

    name: str
    option: tuple[str, str] | None = None

    def __str__(self) -> str:
        return f"datasets.{self.name}" + (" {}: {}".format(*self.option) if self.option else "")


Text = tuple[str | Key, ...]
"""A sentence in parts: texts, and between them the keys that it names."""


class OtfbenchError(Exception):
    """What happened, with which value, and what to do next, in the parts of a Text."""

    def __init__(self, *parts: str | Key) -> None:
        super().__init__(*parts)

    def __str__(self) -> str:
        return "".join(map(str, self.args))


class UsageError(OtfbenchError):
    """What the user asked for can't be done as asked; nothing was started."""


class ConfigError(UsageError):
    """An option has a value that it can't have."""


class UnknownNameError(UsageError):
    """There is no format, input or dataset of that name."""


class PluginError(UsageError):
    """An installed format or input is broken."""


class JavaError(UsageError):
    """No Java that Spark runs on."""


class ProfileError(UsageError):
    """No profile for the installed pyspark."""


class JarError(UsageError):
    """A jar can't be fetched, or is not the one that the lock names."""


class WarehouseError(UsageError):
    """The folder for the tables can't be used."""


class JvmError(OtfbenchError):
    """A JVM did not start, or died."""


class ContentError(OtfbenchError):
    """A table does not hold the rows that it must hold."""


class DatasetError(OtfbenchError):
    """The rows of a dataset could not be written, or are not what they must be."""


class NothingNewError(DatasetError):
    """Each file of the source is in the table already."""


class StatusError(OtfbenchError):
    """A case took a step that its status doesn't allow."""


class RunFileError(UsageError):
    """A file can't be read as a run or as a baseline."""


class TemplateError(UsageError):
    """A template of the report is broken."""


class IncomparableError(UsageError):
    """Two runs, or a run and a baseline, have nothing that can be compared."""


class UnsupportedError(OtfbenchError):
    """Something that a format, an input or the rows can't do: a result, not a mistake."""
