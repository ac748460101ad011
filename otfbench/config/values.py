"""What values options and keys may have, checked one by one. Knows no option and no key."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, WithJsonSchema, WrapValidator

TYPE = "type"
"""The option of a catalog that names its kind."""
_COUNT = {"type": "integer", "minimum": 1}
_MASTER = re.compile(r"local(\[(\d+|\*)(,\d+)?\])?|local-cluster\[\d+,\d+,\d+\]|spark://\S+|yarn|k8s://\S+")


def _names(value: Any) -> Any:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


def _all_named(names: tuple[str, ...]) -> tuple[str, ...]:
    if not all(names):
        raise ValueError("must be names with commas between them; one is empty")
    if len(set(names)) < len(names):
        raise ValueError("must name each only once")
    return names


def _memory(value: str) -> str:
    if not re.fullmatch(r"[1-9]\d*[mg]", value):
        raise ValueError("must be a size for Java: 900m, 2g")
    return value


def _given(value: Any) -> Any:
    """Refuse None: it is a default alone, and can't be given."""
    if value is None:
        raise ValueError("no value")
    return value


def _master(value: str) -> str:
    if not _MASTER.fullmatch(value):
        raise ValueError("must be a Spark master: local[2], spark://HOST:PORT, yarn, k8s://...")
    return value


def _folder(value: Any) -> Any:
    """The path that a file: URI means, any other text as it is."""
    if value == "":
        raise ValueError("must name a folder")
    if not isinstance(value, str) or not re.match(r"[A-Za-z][\w+.-]+:", value):
        return value
    parts = urlsplit(value)
    if parts.password:
        raise ValueError("must not hold a password: give it as a setting (`spark: {conf: {spark.hadoop...}}`)")
    if not parts.path.startswith("/") or parts.scheme == "file" and parts.netloc not in ("", "localhost"):
        raise ValueError("must be a path, or a URI like file:///data/lake or hdfs://host:8020/lake")
    return unquote(parts.path) if parts.scheme == "file" else value


def _row_counts(value: Any) -> Any:
    """One number, or several: in a list, or with commas between them."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(","))
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def _growing(counts: tuple[int, ...]) -> tuple[int, ...]:
    if sorted(set(counts)) != list(counts):
        raise ValueError("must be numbers of rows that grow: 20000,1000000")
    return counts


def _versions(value: Any) -> Any:
    """name=1.2.3,other=4.5 as a mapping."""
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in value.split(",")]
    if not all(re.fullmatch(r"[\w-]+=\w[\w.+-]*", part) for part in parts):
        raise ValueError("must be versions of formats, with commas between them: name=1.2.3")
    versions = dict(part.split("=") for part in parts)
    if len(versions) < len(parts):
        raise ValueError("must name each format only once")
    return versions


Names = Annotated[tuple[str, ...], BeforeValidator(_names), AfterValidator(_all_named)]
Versions = Annotated[
    dict[str, str] | None,
    BeforeValidator(_versions),
    Field(description="formats in another version than the locked one: name=1.2.3, with commas between them"),
]
RowCounts = Annotated[
    tuple[Annotated[int, Field(ge=1)], ...],
    BeforeValidator(_row_counts),
    AfterValidator(_growing),
    WithJsonSchema({"anyOf": [_COUNT, {"type": "array", "items": _COUNT, "minItems": 1}]}),
    Field(
        min_length=1,
        description="rows of each dataset, of very wide ones a run has fewer; where there are several numbers, with"
        " commas between them, workloads whose cost grows run with each",
    ),
]
Seed = Annotated[int, Field(ge=0, lt=2**63, description="seed of each dataset: other rows of the same kind")]
Rounds = Annotated[
    Annotated[int, Field(ge=1)] | None,
    BeforeValidator(_given),
    Field(
        description="timed rounds per case; by default as many as fit in 3 s, 3 at least and 30 at most",
        examples=[3],
    ),
]
Warmup = Annotated[int, Field(ge=0, description="untimed rounds per case before them")]
CaseTimeout = Annotated[
    int, Field(ge=1, description="seconds that a case may take, with the start of its JVM; after that it has crashed")
]
VerifyLevel = Annotated[
    Literal["off", "count", "digest", "always"],
    Field(
        description="what proves that the rows are right: a digest after the last round, or always", examples=["digest"]
    ),
]
Master = Annotated[
    str, AfterValidator(_master), Field(description="Spark master; by default local[1] where there is only one core")
]
JvmsPolicy = Annotated[
    Literal["together", "apart"] | None,
    BeforeValidator(_given),
    Field(
        description="whether the JVMs of all formats are up at once, and their cases of an operation follow each other,"
        " or one format follows the other; by default together where memory is free for that, and the master is local",
        examples=["apart"],
    ),
]
Memory = Annotated[
    str,
    AfterValidator(_memory),
    Field(description="heap of the driver JVM; by default no more than half of the memory"),
]
BadRecordPolicy = Annotated[
    Literal["fail", "aside"],
    Field(description="what becomes of records that don't fit: an error, or left out and counted", examples=["aside"]),
]
InferPolicy = Annotated[
    Literal["lossless", "spark", "none"],
    Field(
        description="types of text without a schema: those from which each text can be got back, Spark's own, or none",
        examples=["spark"],
    ),
]
Mixes = Annotated[
    dict[str, Annotated[dict[str, Annotated[float, Field(gt=0, allow_inf_nan=False)]], Field(min_length=1)]] | None,
    BeforeValidator(_given),
    Field(
        description="mixes of operations, each a mapping from operations to how often: the report says which format"
        " suits them, beside some of its own",
        examples=[{"nightly": {"merge": 24, "scan": 1}}],
    ),
]
Prices = Annotated[
    dict[Literal["core_hour", "gb_month"], Annotated[float, Field(gt=0, allow_inf_nan=False)]] | None,
    BeforeValidator(_given),
    Field(
        description="what a core costs per hour, and 10^9 stored bytes per month, in any currency: the report then has"
        " what operations and tables cost",
        examples=[{"core_hour": 0.05, "gb_month": 0.023}],
    ),
]
Suite = Annotated[
    Literal["quick", "default", "full", "life"],
    Field(
        description="which cases: quick (small data, two inputs), default, full (all of one operation), or life (tables"
        " that go through many commits)"
    ),
]
Folder = Annotated[str, BeforeValidator(_folder)]
KeepTables = Annotated[bool, Field(description="leave each case's last table where it is")]
# A number or a truth value is taken as its text, as it is written.
Texts = dict[str, Annotated[str, Field(json_schema_extra={"type": ["string", "number", "boolean"]})]]


def _one_each(names: list[str]) -> list[str]:
    if len(set(names)) < len(names):
        raise ValueError("must name each only once")
    return names


NameList = Annotated[
    list[Annotated[str, Field(min_length=1)]],
    Field(min_length=1, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_one_each),
]
_LIST: TypeAdapter[list[str]] = TypeAdapter(NameList)
_LISTS: TypeAdapter[dict[str, list[str]]] = TypeAdapter(dict[str, NameList])
_TEXTS: TypeAdapter[dict[str, str]] = TypeAdapter(Texts)


def _jars(value: Any, _: Any) -> list[str] | dict[str, list[str]]:
    """Chosen by hand: a union would tell the errors of both kinds."""
    if isinstance(value, list):
        return _LIST.validate_python(value)
    if isinstance(value, dict) and list(value) == ["replace"]:
        return _LISTS.validate_python(value)
    raise ValueError("must be a list, or a mapping with the one key replace")


def _catalog(value: Any, _: Any) -> dict[str, str]:
    """A text alone is the type."""
    options = _TEXTS.validate_python({TYPE: value} if isinstance(value, str) else value)
    if not options.get(TYPE):
        raise ValueError("has no type: which kind of catalog it is")
    return options


JarList = Annotated[NameList | dict[Literal["replace"], NameList], WrapValidator(_jars)]
CatalogChoice = Annotated[str | Texts, WrapValidator(_catalog)]
