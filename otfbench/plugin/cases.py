"""What pytest's items are as cases: identity, format, variant, input, order, what they can't do. Holds no hook."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pytest

from otfbench.data import user_files
from otfbench.data.dataset import why_unsupported
from otfbench.data.user_table import UserTable
from otfbench.errors import UsageError
from otfbench.formats.model import CUSTOM, OWN, SHIPPED
from otfbench.hints import did_you_mean
from otfbench.plugin import MEASURING, TIMING
from otfbench.registry import control, load_format, load_input
from otfbench.runs.record import CaseRecord
from otfbench.spark.launch import no_jars
from otfbench.workloads import LIFE, SUITES

if TYPE_CHECKING:
    from otfbench.config.options import GeneratedData
    from otfbench.data.dataset import Dataset
    from otfbench.measure.prepared import Prepared

FORMAT, VARIANT, INPUT, DATASET = "format_name", "variant", "input_format", "dataset_name"
SOURCE_FORMAT = "source_format"
INFERS, ONLY_IN, VARIANTS, NEEDS = "infers", "only_in", "variants", "needs"
EVERY_DATASET, EVERY_SIZE, LARGER = "every_dataset", "every_size", "larger"
_OF_NEW_TABLES = frozenset((INPUT, SOURCE_FORMAT, "target", "partitioned_target"))
_QUICK_INPUTS = ("csv", "parquet")


def is_case(item: pytest.Item) -> bool:
    """Whether the item asks for a fixture that times, or for what records without timing."""
    return isinstance(item, pytest.Function) and not MEASURING.isdisjoint(item.fixturenames)


def is_timed(item: pytest.Item) -> bool:
    """Whether the item asks for `measure`, or for `measure_life`."""
    return isinstance(item, pytest.Function) and not TIMING.isdisjoint(item.fixturenames)


def infers(item: pytest.Item) -> bool:
    """Whether the workload is about what Spark infers from files."""
    return item.get_closest_marker(INFERS) is not None


def is_typed(item: pytest.Item) -> bool:
    """Whether the files of the case's input tell their types."""
    name = parameter(item, INPUT)
    return name is not None and load_input(name).typed


def makes_tables(item: pytest.Item) -> bool:
    """Whether the workload reads files or another format's table, or makes a new table, untimed or not."""
    return isinstance(item, pytest.Function) and not _OF_NEW_TABLES.isdisjoint(item.fixturenames)


def parameter(item: pytest.Item, name: str) -> str | None:
    """The value of one of the item's parameters, if it has it."""
    callspec = getattr(item, "callspec", None)
    return str(callspec.params[name]) if callspec and name in callspec.params else None


def parameters(items: Iterable[pytest.Item], name: str) -> list[str]:
    """All values of a parameter among the items, sorted."""
    return sorted({value for item in items if (value := parameter(item, name)) is not None})


def case_id(item: pytest.Item) -> str:
    """`convert[x-csv]` for `test_convert[x-csv]`."""
    return item.name.removeprefix("test_")


def table_name(item: pytest.Item) -> str:
    """The case's id as a plain name for its table."""
    return re.sub(r"\W+", "_", case_id(item)).strip("_")


def jvm_of(item: pytest.Item) -> tuple[str, bool]:
    """The format in whose JVM the case runs (the control's, if it has none), and whether that one has guests."""
    return parameter(item, FORMAT) or control().name, parameter(item, SOURCE_FORMAT) is not None


def row(item: pytest.Item) -> tuple[str, frozenset[tuple[str, str]]]:
    """What the cases of several formats share that answer one question: operation, variant, input, own parameters."""
    callspec = getattr(item, "callspec", None)
    others = {name: str(value) for name, value in callspec.params.items() if name != FORMAT} if callspec else {}
    return operation(item), frozenset(others.items())


def operation(item: pytest.Item) -> str:
    """`convert` for `test_convert[x-csv]`."""
    return getattr(item, "originalname", item.name).removeprefix("test_")


def other_operations(items: Iterable[pytest.Item], wanted: Sequence[str] | None) -> list[pytest.Item]:
    """The cases of other operations than those wanted; raises UsageError if none of the cases is of a wanted one."""
    if wanted is None:
        return []
    collected = [item for item in items if is_case(item)]
    names = sorted({operation(item) for item in collected})
    unknown = [name for name in wanted if name not in names]
    if collected and unknown:
        hint = did_you_mean(unknown[0], names)
        raise UsageError(f"operations: no operation {unknown[0]!r} was collected.{hint} There are: {', '.join(names)}.")
    return [item for item in collected if operation(item) not in wanted]


# Variants and suites


def contenders(
    item: pytest.Item, formats: Iterable[str], chosen: dict[str, tuple[str, ...]], as_they_are: bool = False
) -> list[Any]:
    """The (format, variant) pairs of a workload as pytest's parameters, each with the suite that it begins in.

    `chosen`: format -> the variants that the user has named, instead of those of the suite.
    `as_they_are`: the tables are there, with the settings that they have.
    """
    if as_they_are:
        return [pytest.param(name, SHIPPED, id=name) for name in formats]
    marker = item.get_closest_marker(VARIANTS)
    first = marker.args[0] if marker else SHIPPED
    begins = {first: SUITES[0]}
    for suite in SUITES[1:]:
        begins |= dict.fromkeys(marker.kwargs.get(suite, ()) if marker else (), suite)
    params = []
    for name in formats:
        named = chosen.get(name)
        for variant, suite in begins.items():
            if named is None or variant in named:
                mark = [] if named else [pytest.mark.only_in(suite)]
                params.append(
                    pytest.param(name, variant, id=name if variant == first else f"{name}-{variant}", marks=mark)
                )
    return params


def pairs(formats: Iterable[str]) -> list[Any]:
    """Each two of these table formats, target and source, as pytest's parameters (format, variant, source format)."""
    real = [name for name in formats if not load_format(name).plain_files]
    return [
        pytest.param(target, SHIPPED, source, id=f"{target}-{source}")
        for target in real
        for source in real
        if source != target
    ]


def inputs(names: Iterable[str], named: bool) -> list[Any]:
    """The inputs of a workload as pytest's parameters, each with the suite that it begins in.

    The quick suite has two, the default suite all but packings of the same files. Inputs that the user has named are in
    every suite.
    """
    return [pytest.param(name, marks=[] if named else [pytest.mark.only_in(_begins(name))]) for name in names]


def _begins(input_format: str) -> str:
    if load_input(input_format).packing_of:
        return SUITES[2]
    return SUITES[0 if input_format in _QUICK_INPUTS else 1]


def datasets(item: pytest.Item, named: Mapping[str, GeneratedData]) -> list[Any]:
    """The datasets of a workload as pytest's parameters: the first, which ids leave out, or more where it takes each.

    `named`: the generated ones by their names, which for the first with more rows is how many.
    """
    first, *others = named or [user_files.NAME]
    kinds = [each for each in others if named[each].name == each]
    sizes = [pytest.param(each, marks=pytest.mark.larger) for each in others if each not in kinds]
    return [
        pytest.param(first, id=pytest.HIDDEN_PARAM),
        *(kinds if item.get_closest_marker(EVERY_DATASET) else ()),
        *(sizes if item.get_closest_marker(EVERY_SIZE) else ()),
    ]


def sources(items: Iterable[pytest.Item]) -> list[tuple[str, str]]:
    """The datasets that cases read as files, each with an input, sorted."""
    pairs = {(parameter(item, DATASET), parameter(item, INPUT)) for item in items}
    return sorted((dataset, files) for dataset, files in pairs if dataset and files)


def begins_in(item: pytest.Item) -> str:
    """The smallest suite that the case belongs to, or the one that holds no other.

    With more rows it is the full one, but for cases that belong to the quick one.
    """
    named = [mark.args[0] for mark in item.iter_markers(ONLY_IN)]
    if LIFE in named:
        return LIFE
    begins = max(named, key=SUITES.index, default=SUITES[0])
    return SUITES[-1] if begins != SUITES[0] and item.get_closest_marker(LARGER) else begins


def of_other_suites(items: Iterable[pytest.Item], suite: str) -> list[pytest.Item]:
    """The items that a suite doesn't have."""
    held = (LIFE,) if suite == LIFE else SUITES[: SUITES.index(suite) + 1]
    return [item for item in items if begins_in(item) not in held]


def other_suites(items: Iterable[pytest.Item], suite: str) -> list[str]:
    """What each suite adds to this one, if these are the items that are left out: a line per suite."""
    counts = Counter((begins_in(item), operation(item)) for item in items)
    lines = []
    for other in () if suite == LIFE else (*SUITES, LIFE):
        added = {name: count for (begins, name), count in counts.items() if begins == other}
        if added:
            names = ", ".join(f"{name} ({count})" for name, count in added.items())
            verb = "has" if other == LIFE else "adds"
            lines.append(f"{sum(added.values())} cases that --otf-suite {other} {verb}: {names}")
    return lines


# Identity


def why_impossible(item: pytest.Item, prepared: Prepared) -> str | None:
    """Why the case is unsupported, as far as this is known before a JVM is up; None if it may be supported."""
    name, files, bench = parameter(item, FORMAT), parameter(item, INPUT), prepared.bench
    for needed in (name, parameter(item, SOURCE_FORMAT)):
        if needed and bench.version_of(needed) is None:
            return no_jars(bench.profile, needed)
    if files and bench.lacking(files):
        return f"profile {bench.profile.name} has no jars for {bench.lacking(files)}"
    if files and (reason := why_unsupported(load_input(files), dataset_of(item, prepared))):
        return reason
    return _why_incapable(item, name) if name else None


def _why_incapable(item: pytest.Item, name: str) -> str | None:
    table_format, variant = load_format(name), parameter(item, VARIANT) or SHIPPED
    wanted = [capability for marker in item.iter_markers(NEEDS) for capability in marker.args]
    lacking = [capability.value for capability in wanted if capability not in table_format.capabilities]
    if lacking:
        return f"{name} has no {lacking[0]}"
    return table_format.why_no_variant(variant)


def dataset_of(item: pytest.Item, prepared: Prepared) -> Dataset:
    """The rows that the case is about."""
    name = parameter(item, DATASET)
    return prepared.rows.datasets[name] if name else prepared.rows.first


def describe(item: pytest.Function, prepared: Prepared) -> CaseRecord:
    """What identifies the case in results."""
    dataset, bench = dataset_of(item, prepared), prepared.bench
    name, variant = parameter(item, FORMAT), parameter(item, VARIANT) or SHIPPED
    if name and variant == SHIPPED and bench.config.properties.get(name):
        variant = CUSTOM
    if isinstance(dataset, UserTable):
        variant = OWN
    return CaseRecord(
        id=case_id(item),
        family=item.path.stem.removeprefix("test_"),
        operation=operation(item),
        format=name,
        format_version=bench.version_of(name) if name else None,
        input=parameter(item, INPUT) or parameter(item, SOURCE_FORMAT),
        variant=variant if name else None,
        detail=_detail(item),
        rows=dataset.rows,
        dataset=dataset.name,
        seed=dataset.seed,
        profile=bench.profile.name,
    )


def _detail(item: pytest.Function) -> dict[str, str]:
    """The workload's own parameters."""
    ours = {FORMAT, VARIANT, INPUT, DATASET, SOURCE_FORMAT}
    callspec = getattr(item, "callspec", None)
    return {name: str(value) for name, value in callspec.params.items() if name not in ours} if callspec else {}
