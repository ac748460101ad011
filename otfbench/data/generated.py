"""The datasets that are made, by name: trips, events, wide. Knows no file, and no table format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from otfbench.data.dataset import Generated
from otfbench.errors import UnknownNameError
from otfbench.hints import did_you_mean

if TYPE_CHECKING:
    from pyspark.sql import Column

_YEAR_US = 366 * 86_400_000_000
_YEAR_2024_US = 1_704_067_200_000_000
_TYPES = ("int", "bigint", "double", "string", "date", "timestamp", "decimal(12,2)", "boolean", "float", "smallint")
_WIDE = {f"{_TYPES[n % 10].split('(')[0]}_{n:03}": _TYPES[n % 10] for n in range(2, 500)}
"""The columns of `wide` after its first two, and their types."""


class Trips(Generated):
    """Taxi-like trips: 17 flat columns of all common types, nulls in five of them."""

    name = "trips"
    schema = """
        trip_id bigint, vendor string, pickup_at timestamp, dropoff_at timestamp, pickup_date date, passengers smallint,
        distance_miles double, minutes float, pickup_zone int, dropoff_zone int, payment string, fare decimal(10,2),
        tip decimal(10,2), driver string, note string, is_shared boolean, rain_mm double
    """
    key = ("trip_id",)
    partition_by = ("vendor",)

    def columns(self) -> list[Column]:
        """Trips of one year; fares follow the distance."""
        from pyspark.sql import functions as F

        start = _moment(self.uniform("start"))
        minutes = F.round(2 + self.uniform("minutes") * 58, 3)
        distance = F.round(0.3 + self.uniform("distance") * self.uniform("far") * 40, 2)
        fare = (F.round(3 + distance * 2.2, 2)).cast("decimal(10,2)")
        tip = F.round(fare * self.uniform("tip") * 0.3, 2).cast("decimal(10,2)")
        picked, dropped = F.timestamp_micros(start), F.timestamp_micros(start + (minutes * 60_000_000).cast("long"))
        driver = F.concat(
            F.lit("driver-"), F.lpad((self.uniform("driver") * 50_000).cast("int").cast("string"), 5, "0")
        )
        return [
            F.col("id").alias("trip_id"),
            self.pick("vendor", ["Ahorn", "Birke", "Cedar"]).alias("vendor"),
            picked.alias("pickup_at"),
            dropped.alias("dropoff_at"),
            F.to_date(picked).alias("pickup_date"),
            self.some("passengers", 0.97, (self.uniform("people") * 5 + 1).cast("smallint")).alias("passengers"),
            distance.alias("distance_miles"),
            minutes.cast("float").alias("minutes"),
            self._zone("from").alias("pickup_zone"),
            self._zone("to").alias("dropoff_zone"),
            self.pick("payment", ["card", "card", "card", "cash", "dispute"]).alias("payment"),
            fare.alias("fare"),
            self.some("tipped", 0.7, tip).alias("tip"),
            driver.alias("driver"),
            self.some("note", 0.1, F.concat(F.lit("left at "), F.hex(F.xxhash64("id")))).alias("note"),
            self.some("shared", 0.9, self.uniform("pool") < 0.15).alias("is_shared"),
            F.when(self.uniform("rain") < 0.2, F.round(self.uniform("mm") * 12, 1)).alias("rain_mm"),
        ]

    def _zone(self, tag: str) -> Column:
        """One of 265 zones; low numbers are frequent."""
        return (self.uniform(tag) * self.uniform(tag + "skew") * 265 + 1).cast("int")


class Events(Generated):
    """A shop's events: 12 columns, structs, arrays and maps among them, in which any part may be missing."""

    name = "events"
    schema = """
        event_id bigint, kind string, happened_at timestamp, received_at timestamp, session string,
        account struct<number:bigint,name:string,address:struct<city:string,zip:string>>,
        device struct<os:string,screen:struct<width:int,height:int>>,
        items array<struct<sku:string,quantity:smallint,price:decimal(10,2),tags:array<string>>>,
        attributes map<string,string>, scores map<string,double>, amount decimal(12,2), is_test boolean
    """
    key = ("event_id",)
    partition_by = ("kind",)
    nested = True

    def columns(self) -> list[Column]:
        """Events of one year; nulls at each level, and empty arrays and maps."""
        from pyspark.sql import functions as F

        moment = _moment(self.uniform("moment"))
        late = F.timestamp_micros(moment + (self.uniform("late") * 9_000_000).cast("long"))
        amount = F.round(self.uniform("amount") * 900, 2).cast("decimal(12,2)")
        return [
            F.col("id").alias("event_id"),
            self.pick("kind", ["view", "view", "view", "search", "cart", "purchase", "refund"]).alias("kind"),
            F.timestamp_micros(moment).alias("happened_at"),
            self.some("received", 0.95, late).alias("received_at"),
            F.hex(F.xxhash64(F.lit(self.seed), (F.col("id") / 8).cast("long"))).alias("session"),
            self.some("account", 0.8, self._account()).alias("account"),
            self.some("device", 0.9, self._device()).alias("device"),
            self.some("items", 0.85, self._items()).alias("items"),
            self.some("attributes", 0.9, self._attributes()).alias("attributes"),
            self.some("scores", 0.5, self._scores()).alias("scores"),
            self.some("paid", 0.4, amount).alias("amount"),
            self.some("test", 0.9, self.uniform("is_test") < 0.05).alias("is_test"),
        ]

    def _account(self) -> Column:
        from pyspark.sql import functions as F

        number = (self.uniform("number") * 1_000_000).cast("long")
        zip_code = F.lpad((self.uniform("zip") * 100_000).cast("int").cast("string"), 5, "0")
        city = self.pick("city", ["Köln", "Łódź", "São Paulo", "東京", "Springfield"])
        address = F.struct(city.alias("city"), self.some("zipped", 0.7, zip_code).alias("zip"))
        name = F.concat(F.lit("user "), number.cast("string"))
        return F.struct(
            number.alias("number"),
            self.some("named", 0.6, name).alias("name"),
            self.some("address", 0.5, address).alias("address"),
        )

    def _device(self) -> Column:
        from pyspark.sql import functions as F

        width = (self.uniform("width") * 3000 + 320).cast("int")
        screen = F.struct(width.alias("width"), (width * 9 / 16).cast("int").alias("height"))
        os = self.pick("os", ["linux", "mac", "windows", "phone"])
        return F.struct(self.some("os known", 0.9, os).alias("os"), self.some("screen", 0.8, screen).alias("screen"))

    def _items(self) -> Column:
        """None to three items."""
        from pyspark.sql import functions as F

        return F.slice(F.array(*(self._item(str(n)) for n in range(3))), 1, (self.uniform("count") * 4).cast("int"))

    def _item(self, n: str) -> Column:
        from pyspark.sql import functions as F

        price = F.round(self.uniform("price" + n) * 300, 2).cast("decimal(10,2)")
        tags = F.slice(F.array(*map(F.lit, ["new", "sale", "gift"])), 1, (self.uniform("tags" + n) * 4).cast("int"))
        return F.struct(
            F.concat(F.lit("sku-"), (self.uniform("sku" + n) * 9000).cast("int").cast("string")).alias("sku"),
            (self.uniform("quantity" + n) * 9 + 1).cast("smallint").alias("quantity"),
            self.some("priced" + n, 0.9, price).alias("price"),
            self.some("tagged" + n, 0.5, tags).alias("tags"),
        )

    def _attributes(self) -> Column:
        """Up to two of them; the second one's value may be missing."""
        from pyspark.sql import functions as F

        referrer = self.some("referred", 0.5, self.pick("referrer", ["search", "mail", ""]))
        pairs = F.array(
            F.struct(F.lit("campaign"), self.pick("campaign", ["spring", "summer", "autumn"])),
            F.struct(F.lit("referrer"), referrer),
        )
        return F.map_from_entries(F.slice(pairs, 1, (self.uniform("attribute") * 3).cast("int")))

    def _scores(self) -> Column:
        from pyspark.sql import functions as F

        return F.create_map(F.lit("fraud"), self.uniform("fraud"), F.lit("churn"), self.uniform("churn"))


class Wide(Generated):
    """500 columns of ten common types in turn; each but the first two is null in a tenth of the rows.

    2,000 rows of it are about as many values as 60,000 trips: hence one row for 50 that a run is asked for.
    """

    name = "wide"
    key = ("row_id",)
    partition_by = ("region",)
    one_in = 50
    schema = ", ".join(["row_id bigint", "region string", *(f"{name} {kind}" for name, kind in _WIDE.items())])

    def columns(self) -> list[Column]:
        """Each column by its type alone; as SQL, for it takes Python seconds to build so many expressions."""
        from pyspark.sql import functions as F

        region = self.pick("region", ["north", "east", "south", "west"])
        values = [F.expr(f"{self._value(name, kind)} AS {name}") for name, kind in _WIDE.items()]
        return [F.col("id").alias("row_id"), region.alias("region"), *values]

    def _value(self, name: str, kind: str) -> str:
        part, missing = (f"pmod(xxhash64({self.seed}L, '{tag}', id), 10000)" for tag in (name, f"{name}?"))
        values = {
            "string": f"concat('text ', {part})",
            "date": f"date_add(DATE'2024-01-01', cast({part} AS int))",
            "timestamp": f"timestamp_micros({_YEAR_2024_US} + {part} * 3155760001)",
            "boolean": f"{part} < 5000",
        }
        return f"if({missing} < 1000, NULL, cast({values.get(kind, f'{part} / 8')} AS {kind}))"


_ALL: dict[str, type[Generated]] = {each.name: each for each in (Trips, Events, Wide)}


def names() -> list[str]:
    """The datasets that can be generated."""
    return list(_ALL)


def generated(name: str, rows: int, seed: int) -> Generated:
    """The dataset of that name with exactly this number of rows; raises UnknownNameError."""
    if name not in _ALL:
        raise UnknownNameError(f"Unknown dataset {name!r}.{did_you_mean(name, _ALL)} There are: {', '.join(_ALL)}.")
    return _ALL[name](rows, seed)


def rows_of(name: str, rows: int) -> int:
    """How many rows the dataset of that name has in a run that is asked for `rows`: fewer of very wide ones."""
    return max(1, rows // _ALL[name].one_in)


def short_count(count: int) -> str:
    """A number of rows as ids have it, with nothing left out: 500, 20k, 1M, 1500k."""
    for factor, letter in ((1_000_000, "M"), (1_000, "k")):
        if count and count % factor == 0:
            return f"{count // factor}{letter}"
    return str(count)


def _moment(part: Column) -> Column:
    """Microseconds since 1970 of a moment in 2024; `part` of that year has passed."""
    from pyspark.sql import functions as F

    return F.lit(_YEAR_2024_US) + (part * _YEAR_US).cast("long")
