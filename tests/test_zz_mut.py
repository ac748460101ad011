from otfbench.formats.delta import Delta
from otfbench.formats.base import TableFormat
from otfbench.formats.iceberg import Iceberg
from otfbench.testing import FormatContract

Delta.forget = TableFormat.forget = lambda *a: None
real = Iceberg.conf
Iceberg.conf = lambda self, w: {**real(self, w), "spark.sql.catalog.lake.cache-enabled": "true"}


class TestD(FormatContract):
    name = "delta"


class TestI(FormatContract):
    name = "iceberg"


class TestP(FormatContract):
    name = "parquet"


class TestPa(FormatContract):
    name = "paimon"


class TestH(FormatContract):
    name = "hudi"
