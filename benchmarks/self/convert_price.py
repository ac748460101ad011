"""What a verified conversion costs beside a bare PySpark script that converts the same files and proves nothing.

    python benchmarks/self/convert_price.py FORMAT [ROWS] [INPUT ...]

Each in a process of its own, JVM start included, one after the other: the script with Spark's inference, the script
with the schema declared, and `otfbench convert`, with the peak memory of its Python process. Files are written anew
into a temporary folder.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from otfbench.data.generated import Trips
from otfbench.inputs.csv import Csv
from otfbench.inputs.json import Json
from otfbench.inputs.parquet import Parquet
from otfbench.registry import load_format
from otfbench.registry.packages import profile
from otfbench.spark import jars

BARE = """
import sys
from pyspark.sql import SparkSession
source, kind, target, table_format, schema, jars, *settings = sys.argv[1:]
builder = SparkSession.builder.master("local[2]").config("spark.driver.memory", "2g").config("spark.jars", jars)
for each in settings:
    builder = builder.config(*each.split("=", 1))
spark = builder.getOrCreate()
reader = spark.read.format(kind).option("header", "true").option("inferSchema", "false" if schema else "true")
rows = (reader.schema(schema) if schema else reader).load(source)
rows.write.format(table_format).save(target)
"""
POLL_S = 0.2


def run(*command: str) -> tuple[float, int]:
    """Wall time of a command, in seconds, and the largest memory of its process, without its children, in bytes."""
    begin, peak = time.perf_counter(), 0
    with psutil.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, process.memory_info().rss)
            time.sleep(POLL_S)
    if process.returncode:
        sys.exit(f"{command} ended with exit code {process.returncode}")
    return time.perf_counter() - begin, peak


name, rows = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "3000000"
inputs = sys.argv[3:] or [Csv.name, Json.name, Parquet.name]
table_format, otfbench = load_format(name), str(Path(sys.executable).with_name("otfbench"))
package = profile().packages.get(name)
paths = ",".join(str(jars.cache_folder() / jar.file_name) for jar in package.jars) if package else ""
with tempfile.TemporaryDirectory() as scratch:
    settings = [f"{key}={value}" for key, value in table_format.conf(scratch).items()]
    (Path(scratch) / "bare.py").write_text(BARE)
    for kind in inputs:
        source = f"{scratch}/{kind}"
        run(otfbench, "generate", "trips", source, "--rows", rows, "--format", kind)
        bare = (sys.executable, f"{scratch}/bare.py", source, kind)
        inferred, _ = run(*bare, f"{source}-1", name, "", paths, *settings)
        declared, _ = run(*bare, f"{source}-2", name, Trips.schema, paths, *settings)
        verified, peak = run(otfbench, "convert", source, f"{source}-3", "--to", name)
        print(
            f"{kind} into {name}, {int(rows):,} rows: script {inferred:.1f} s, with a schema {declared:.1f} s,"
            f" otfbench convert {verified:.1f} s ({verified / inferred:.2f}, {verified / declared:.2f} times),"
            f" Python's memory {peak / 1e6:.0f} MB",
            flush=True,
        )
