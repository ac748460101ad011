"""The command `convert`: files or a table into a verified table. Imports Spark only when it is called."""

from __future__ import annotations

import shlex
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from otfbench import redaction
from otfbench.commands.configuration import current_config, ending_gently
from otfbench.commands.output import AsJson, console, print_json
from otfbench.errors import Key, NothingNewError, OtfbenchError, UsageError
from otfbench.files import is_uri

if TYPE_CHECKING:
    from otfbench.convert.new_table import ConversionResult
    from otfbench.convert.request import ConversionRequest
    from otfbench.convert.source_info import SourceInfo


class OnConflict(str, Enum):
    """What becomes of a table that is there already."""

    FAIL = "fail"
    REPLACE = "replace"
    APPEND = "append"


class Verify(str, Enum):
    """What proves that the rows are right."""

    READERS = "readers"
    SOURCE = "source"
    DIGEST = "digest"
    COUNT = "count"
    OFF = "off"


class BadRecordsOption(str, Enum):
    """What becomes of records that don't fit."""

    FAIL = "fail"
    ASIDE = "aside"


class Infer(str, Enum):
    """Which types text gets where there is no schema."""

    LOSSLESS = "lossless"
    SPARK = "spark"
    NONE = "none"


def convert(
    source: Annotated[str, typer.Argument(help="File, folder or glob, or the folder of a table; or a URI of one.")],
    to: Annotated[str, typer.Option(metavar="FORMAT", help="Table format (otfbench formats).")],
    folder: Annotated[
        str | None, typer.Argument(metavar="[DEST]", help="Folder of the table to be, or its URI.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="INPUT", help="What the files are (default: told by their content).")
    ] = None,
    partition_by: Annotated[list[str], typer.Option(metavar="COLUMN", help="Partition column; repeatable.")] = [],
    key: Annotated[
        list[str], typer.Option(metavar="COLUMN", help="Column that identifies a row, checked; repeatable.")
    ] = [],
    schema: Annotated[
        str | None, typer.Option(metavar="DDL", help="Columns as in CREATE TABLE (default: inferred).")
    ] = None,
    on_conflict: Annotated[OnConflict, typer.Option(help="What becomes of a table that is in DEST.")] = OnConflict.FAIL,
    option: Annotated[
        list[str], typer.Option(metavar="NAME=VALUE", help="Spark's option for reading; repeatable.")
    ] = [],
    recursive: Annotated[bool, typer.Option("--recursive", help="Read the files in subfolders, too.")] = False,
    infer: Annotated[
        Infer, typer.Option(help="Types of text without a schema: those that keep each value, Spark's, none.")
    ] = Infer.LOSSLESS,
    new_files: Annotated[
        bool, typer.Option("--new-files", help="Only files that DEST was not made of (with --on-conflict append).")
    ] = False,
    bad_records: Annotated[
        BadRecordsOption, typer.Option(help="Records that don't fit: an error, or kept aside in DEST.bad-records.")
    ] = BadRecordsOption.FAIL,
    in_place: Annotated[
        bool,
        typer.Option("--in-place", help="Parquet files become a table as they are; DEST only where it isn't SOURCE."),
    ] = False,
    verify: Annotated[
        Verify, typer.Option(help="What proves that the rows are right: second readers of source and table, or less.")
    ] = Verify.SOURCE,
    as_json: AsJson = False,
) -> None:
    """Convert files into a table, and prove that it is right. Else DEST stays as it was. A table is a source, too.

    Spark settings and table properties are taken from otfbench.yaml in the current folder, if it is there.

    Example: otfbench convert 'data/*.csv' lake/trips --to parquet --partition-by vendor --option sep=';'
    """
    from otfbench.convert.request import ConversionRequest

    if folder is None and not in_place:
        raise UsageError("Name DEST, the folder of the table to be.")
    folder = source if folder is None else folder
    given: dict[str, Any] = {
        "source": source,
        "folder": folder if is_uri(folder) else Path(folder),
        "format": to,
        "input": from_,
        "ddl": schema,
    }
    given |= {"key": tuple(key), "partition_by": tuple(partition_by), "options": dict(map(_pair, option))}
    given |= {"on_conflict": on_conflict.value, "verify": verify.value, "infer": infer.value}
    given |= {"bad_records": bad_records.value, "recursive": recursive, "new_files": new_files, "in_place": in_place}
    if new_files and not in_place and on_conflict is not OnConflict.APPEND:
        raise UsageError("--new-files goes with --on-conflict append: give both.")
    try:
        with ending_gently():
            _run(ConversionRequest(**given), as_json)
    except NothingNewError as error:
        if as_json:
            print_json({"message": str(error), "new_files": 0})
        else:
            print(redaction.redact_text(f"{folder}: {error}"))
    except OtfbenchError as error:
        raise type(error)(*map(_as_option, error.args)) from None


def _run(request: ConversionRequest, as_json: bool) -> None:
    """Convert, and print what is known of the source as soon as it is, each line once; then what the table is."""
    from otfbench.convert import conversion, wording
    from otfbench.registry import broken_plugins
    from otfbench.spark.progress import shown

    bar, printed = console(stderr=True), set[str]()
    infos: list[SourceInfo] = []

    def report_source(info: SourceInfo) -> None:
        for fault in () if infos else broken_plugins():
            bar.print(redaction.redact_text(f"warning: left out: {fault}"), markup=False)
        infos.append(info)
        lines = list(wording.source_lines(request, info, _warnings(info)))
        if not as_json:
            new = "".join(f"{line}\n" for line in lines if line not in printed)
            print(redaction.redact_text(new), end="", flush=True)
        printed.update(lines)

    result = conversion.run(request, current_config(), lambda spark, what: shown(spark, what, bar), report_source)
    if as_json:
        print_json(_record(request, infos[-1], result))
    else:
        print(redaction.redact_text("\n".join(wording.table_lines(request, infos[-1], result))))


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise UsageError(f"--option {text}: must be NAME=VALUE, as in --option sep=';'")
    return name, value


_OPTIONS = {"path": "SOURCE", "format": "--from", "options": "--option"}


def _as_option(part: str | Key) -> str:
    """What the command line has for a key of the YAML file, as it is typed into a shell."""
    if isinstance(part, str):
        return part
    if part.option and part.option[0] == "recursiveFileLookup":
        return "--recursive"
    given = f" {part.option[0]}={_shell_word(part.option[1])}" if part.option else ""
    return _OPTIONS.get(part.name, f"--{part.name.replace('_', '-')}") + given


def _shell_word(text: str) -> str:
    return shlex.quote(text) if text.isprintable() else f"$'{text.encode('unicode_escape').decode()}'"


def _warnings(source_info: SourceInfo) -> list[str]:
    return ["".join(map(_as_option, warning)) for warning in source_info.warnings]


def _record(request: ConversionRequest, source_info: SourceInfo, result: ConversionResult) -> dict[str, Any]:
    from dataclasses import asdict, replace

    table = {"path": str(request.folder), "format": request.format, **asdict(replace(result, second=None))}
    verdict, taken, _ = table.pop("verdict"), table.pop("seconds"), table.pop("second")
    table["evidence"] = result.evidence and result.evidence.as_dict()
    if result.second is not None:
        table["second_reader"] = result.second if isinstance(result.second, str) else result.second.as_dict()
    return {
        "source": source_info.source,
        "adaptations": [change.as_dict() for change in source_info.adaptations],
        "warnings": _warnings(source_info),
        "bad_records_folder": source_info.aside,
        "table": table,
        "seconds": taken,
        "verdict": verdict,
        "in_place": request.in_place,
        **({"new_files": source_info.source["files"]} if request.new_files else {}),
    }
