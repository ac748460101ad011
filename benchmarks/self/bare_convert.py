"""The calls of test_convert in a plain PySpark script, without pytest and without any measuring but a clock.

    python benchmarks/self/bare_convert.py FORMAT [ROWS]

Shows what the harness adds to the timed part: nothing, if its medians are those of `pytest benchmarks`. The order is
the same: warm-up on small data, then per input two untimed and three timed rounds. The files are those of an earlier
run.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from otfbench.data.cache import cache_folder
from otfbench.data.generated import Trips
from otfbench.formats.adaptation import adapted
from otfbench.formats.model import Table
from otfbench.registry import input_names, load_format, load_input
from otfbench.registry.packages import profile
from otfbench.spark import jars
from otfbench.spark.java import find_java
from otfbench.spark.jvm import start
from otfbench.spark.settings import session_conf

table_format, rows = load_format(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
folder = Path(tempfile.mkdtemp())
(folder / "scratch").mkdir()
conf = session_conf("local[2]", "2g", folder / "scratch") | table_format.conf(str(folder))
packages = profile().packages
wanted = {table_format.name, *(load_input(name).package for name in input_names())} - {None}
found = [jar for name in sorted(wanted) for jar in packages[name].jars]
if found:
    conf["spark.jars"] = ",".join(str(jars.cache_folder() / jar.file_name) for jar in found)
jvm = start(conf, find_java(), folder / "log")
spark = jvm.spark
table_format.open(spark)
bound = table_format.at(spark, Table("bare", str(folder)))


def convert(dataset: Trips, name: str) -> float:
    """Drop the table, then time what test_convert times."""
    bound.drop()
    spark._jvm.java.lang.System.gc()
    files = load_input(name)
    path = str(cache_folder() / dataset.id / name)
    begin = time.perf_counter()
    read = files.read(spark, path, dataset.schema)
    adapted(read, adaptations).createOrReplaceTempView("rows")
    spark.sql(f"CREATE TABLE {bound.identifier} USING {table_format.name} AS SELECT * FROM rows")
    return time.perf_counter() - begin


small, full = Trips(min(20_000, rows), 42), Trips(rows, 42)
adaptations = table_format.adapt(full.generate(spark).schema)
for name in input_names():
    for _ in range(2):
        convert(small, name)
for name in input_names():
    seconds = [convert(full, name) for _ in range(5)][2:]
    print(f"{table_format.name}-{name}: median {statistics.median(seconds):.3f} s of", [round(s, 3) for s in seconds])
jvm.stop()
