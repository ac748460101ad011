"""The types that Spark gives the columns of an Avro file, and how fastavro is to read it for that. Reads no record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from otfbench.errors import DatasetError

if TYPE_CHECKING:
    import pyarrow as pa

MEMBER = "member"
"""Spark's name for what is of one type of a union, which gets a number."""
DECIMAL = "otfbench-decimal"
"""A logical type that is ours: fastavro's own decimals are rounded to the precision of their type."""
_DIGITS = 38
"""The most digits of Spark's decimals."""
_MEANINGS = {
    "time-millis": "milliseconds since midnight",
    "time-micros": "microseconds since midnight",
    "timestamp-nanos": "nanoseconds since 1970, in UTC",
    "local-timestamp-nanos": "nanoseconds since 1970",
    "duration": "12 bytes: months, days and milliseconds",
    "big-decimal": "bytes",
    "uuid": "16 bytes",
}
"""Logical types that Spark doesn't know -> what it reads."""


@dataclass(frozen=True)
class AvroType:
    """A type: the schema that fastavro reads by, the Arrow type of what it finds, and Spark's type."""

    schema: Any
    read: pa.DataType
    spark: pa.DataType


@dataclass
class AvroTypes:
    """The types of one schema, whose names are known from where they are defined."""

    named: dict[str, AvroType] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    unions: int = 0

    def record(self, schema: Any) -> AvroType:
        """The record that a row is; raises DatasetError for a schema that is none, or that no column can have."""
        if not isinstance(schema, dict) or schema.get("type") not in ("record", "error"):
            raise DatasetError("its schema is no record, so that it has no columns")
        return self._kind(schema, "", "")

    def _kind(self, schema: Any, space: str, path: str) -> AvroType:
        if isinstance(schema, list):
            return self._union(schema, space, path)
        if isinstance(schema, str):
            return self._by_name(schema, space, path)
        if not isinstance(schema, dict) or "type" not in schema:
            raise DatasetError(f"column {path}: its schema is no type of Avro")
        kind = schema["type"]
        if isinstance(kind, (list, dict)):
            return self._kind(kind, space, path)
        if kind in ("record", "error"):
            return self._struct(schema, space, path)
        if kind in ("enum", "fixed"):
            return self._named_leaf(schema, space, path)
        if kind in ("array", "map"):
            return self._list_or_map(schema, space, path)
        return _leaf(schema, path) if kind in _simple_types() else self._by_name(kind, space, path)

    def _by_name(self, name: str, space: str, path: str) -> AvroType:
        if name in _simple_types():
            return _leaf({"type": name}, path)
        full = next((each for each in (f"{space}.{name}", name) if each in self.named or each in self.open), "")
        if full in self.open:
            raise DatasetError(
                f"column {path.partition('.')[0]}: the record {full} holds records of its own kind, and no column of "
                "Spark can: rewrite the file without that field"
            )
        if full not in self.named:
            raise DatasetError(f"column {path}: {name} is no type of Avro")
        found = self.named[full]
        return AvroType(full, found.read, found.spark)

    def _struct(self, schema: Mapping[str, Any], space: str, path: str) -> AvroType:
        import pyarrow as pa

        full = _full_name(schema, space)
        self.open.append(full)
        inner = full.rpartition(".")[0]
        names = [each["name"] for each in schema["fields"]]
        kinds = [
            self._kind(each["type"], inner, f"{path}.{each['name']}" if path else each["name"])
            for each in schema["fields"]
        ]
        self.open.pop()
        fields = [{"name": name, "type": kind.schema} for name, kind in zip(names, kinds, strict=True)]
        found = AvroType(
            {"type": "record", "name": full, "fields": fields},
            pa.struct([pa.field(name, kind.read) for name, kind in zip(names, kinds, strict=True)]),
            pa.struct([pa.field(name, kind.spark) for name, kind in zip(names, kinds, strict=True)]),
        )
        self.named[full] = found
        return found

    def _named_leaf(self, schema: Mapping[str, Any], space: str, path: str) -> AvroType:
        import pyarrow as pa

        full = _full_name(schema, space)
        if schema["type"] == "enum":
            found = AvroType({**_only(schema, "type", "symbols", "default"), "name": full}, pa.string(), pa.string())
        else:
            leaf = _decimal(schema, path) or AvroType(_only(schema, "type", "size"), pa.binary(), pa.binary())
            found = AvroType({**leaf.schema, "size": schema["size"], "name": full}, leaf.read, leaf.spark)
        self.named[full] = found
        return found

    def _list_or_map(self, schema: Mapping[str, Any], space: str, path: str) -> AvroType:
        import pyarrow as pa

        if schema["type"] == "array":
            item = self._kind(schema["items"], space, path)
            return AvroType({"type": "array", "items": item.schema}, pa.list_(item.read), pa.list_(item.spark))
        item = self._kind(schema["values"], space, path)
        read, spark = (pa.map_(pa.string(), each) for each in (item.read, item.spark))
        return AvroType({"type": "map", "values": item.schema}, read, spark)

    def _union(self, schema: Sequence[Any], space: str, path: str) -> AvroType:
        """One type beside null is that type; int and long are long, float and double double, others a struct.

        Each member of a struct is read as a record of one field, which lies in the file as its field alone does.
        """
        import pyarrow as pa

        bases = [each["type"] if isinstance(each, dict) else each for each in schema]
        kinds = {n: self._kind(each, space, path) for n, each in enumerate(schema) if bases[n] != "null"}
        if not kinds:
            raise DatasetError(f"column {path}: its type is a union of null alone, and Spark has no column of that")
        if len(kinds) == 1:
            (only,) = kinds.values()
            return AvroType(
                [kinds[n].schema if n in kinds else "null" for n in range(len(schema))], only.read, only.spark
            )
        number = {frozenset(("int", "long")): pa.int64(), frozenset(("float", "double")): pa.float64()}
        plain = {bases[n] for n in kinds if isinstance(bases[n], str)}
        if len(plain) == len(kinds) == 2 and frozenset(plain) in number:
            wide = number[frozenset(plain)]
            return AvroType(bases, wide, wide)
        return self._members(len(schema), kinds)

    def _members(self, count: int, kinds: Mapping[int, AvroType]) -> AvroType:
        import pyarrow as pa

        self.unions += 1
        names = {place: f"{MEMBER}{number}" for number, place in enumerate(kinds)}
        wrapped = [
            (
                {
                    "type": "record",
                    "name": f"otfbench_union{self.unions}_{names[place]}",
                    "fields": [{"name": names[place], "type": kinds[place].schema}],
                }
                if place in kinds
                else "null"
            )
            for place in range(count)
        ]
        read, spark = (
            pa.struct([pa.field(names[place], getattr(kind, side)) for place, kind in kinds.items()])
            for side in ("read", "spark")
        )
        return AvroType(wrapped, read, spark)


def meaning(schema: Any) -> str | None:
    """What the values of a type mean that Spark reads as plain numbers or bytes; None for any other type."""
    members = [each for each in schema if each != "null"] if isinstance(schema, list) else [schema]
    if {each["type"] if isinstance(each, dict) else each for each in members} == {"int", "long"}:
        return _lost_in_long([each.get("logicalType") for each in members if isinstance(each, dict)])
    if len(members) != 1 or not isinstance(members[0], dict):
        return None
    logical = members[0].get("logicalType")
    plain = logical == "uuid" and members[0].get("type") != "fixed"  # its text is what Spark reads
    found = _MEANINGS.get(logical) if isinstance(logical, str) and not plain else None
    return f"it is a {logical}, which Spark doesn't know: read as {found}" if found else None


def _lost_in_long(logical: Sequence[str | None]) -> str | None:
    """What becomes of the logical types of a union of int and long."""
    lost = " and ".join(filter(None, logical))
    return f"it is a union of int and long, which Spark reads as long: that some are {lost} is lost" if lost else None


def exact_decimal(value: Any, schema: Any, *_: Any) -> Decimal:
    """A decimal with all its digits, from its bytes: what fastavro calls for the logical type that is ours."""
    number = int.from_bytes(value, "big", signed=True)
    digits = tuple(map(int, str(abs(number))))
    return Decimal((int(number < 0), digits, -int(schema.get("scale", 0))))


def _full_name(schema: Mapping[str, Any], space: str) -> str:
    name = str(schema["name"])
    space = str(schema.get("namespace") or space)
    return name if "." in name or not space else f"{space}.{name}"


def _only(schema: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    return {key: schema[key] for key in keys if key in schema}


def _leaf(schema: Mapping[str, Any], path: str) -> AvroType:
    """A type without a name; logical types that Spark doesn't know are what they are stored as."""
    import pyarrow as pa

    kind = schema["type"]
    if found := _decimal(schema, path) if kind == "bytes" else None:
        return found
    logical = {
        ("int", "date"): (pa.date32(), pa.date32()),
        ("long", "timestamp-millis"): (pa.timestamp("ms", "UTC"), pa.timestamp("us", "UTC")),
        ("long", "timestamp-micros"): (pa.timestamp("us", "UTC"), pa.timestamp("us", "UTC")),
        ("long", "local-timestamp-millis"): (pa.timestamp("ms"), pa.timestamp("us")),
        ("long", "local-timestamp-micros"): (pa.timestamp("us"), pa.timestamp("us")),
    }
    plain = _simple_types()[kind]
    read, spark = logical.get((kind, str(schema.get("logicalType"))), (plain, plain))
    return AvroType(kind, read, spark)


def _decimal(schema: Mapping[str, Any], path: str) -> AvroType | None:
    """The decimal type; None if it is none, or says so wrongly: then Avro takes it for its bytes."""
    import pyarrow as pa

    precision, scale = schema.get("precision", 0), schema.get("scale", 0)
    if schema.get("logicalType") != "decimal" or not 0 <= scale <= precision or not precision:
        return None
    if precision > _DIGITS:
        raise DatasetError(
            f"column {path}: it is a decimal of {precision} digits, and Spark's have {_DIGITS} at most: rewrite it as "
            "a string, or with fewer digits"
        )
    kind = pa.decimal128(precision, scale)
    return AvroType(
        {"type": schema["type"], "logicalType": DECIMAL, "precision": precision, "scale": scale}, kind, kind
    )


def _simple_types() -> dict[str, pa.DataType]:
    import pyarrow as pa

    return {
        **{"null": pa.null(), "boolean": pa.bool_(), "int": pa.int32(), "long": pa.int64()},
        **{"float": pa.float32(), "double": pa.float64(), "bytes": pa.binary(), "string": pa.string()},
    }
