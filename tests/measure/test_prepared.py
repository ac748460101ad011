"""What a run knows before the first case, and errors until then, without a JVM."""

from dataclasses import FrozenInstanceError

import pytest

from otfbench.config.options import parse_config
from otfbench.errors import JvmError
from otfbench.inputs.parquet import Parquet
from otfbench.measure.bench import Bench
from otfbench.measure.prepared import Prepared, _generated_sources, _put_in_words, generated_rows
from otfbench.spark.cluster import Executors


class Up:
    """Stands for a JVM that is up until it is stopped."""

    spark = None
    alive = True

    def stop(self):
        """End it."""
        self.alive = False

    def ended_by(self, error):
        """It never dies by itself."""
        return False


class JavaError(Exception):
    """As py4j's: the JVM is asked for the text."""

    def __init__(self, jvm):
        super().__init__()
        self.jvm = jvm

    def __str__(self):
        return ["", "no room"][self.jvm.alive] or 1 / 0


def test_java_error_keeps_its_words():
    """An error of Java's says what went wrong, though its JVM has been stopped."""
    jvm = Up()
    with pytest.raises(JvmError) as caught, _put_in_words(jvm, "No datasets"):
        raise JavaError(jvm)
    assert not jvm.alive and str(caught.value) == "No datasets: JavaError: no room"


@pytest.mark.parametrize(("warmup", "rows"), [(0, [900]), (1, [20_000, 900, 900])])
def test_files_that_a_run_reads(tmp_path, warmup, rows):
    """Those of its cases; where sessions are warmed up, also the ruler's and small ones. Executors read copies."""
    config = parse_config({"rows": 900, "warmup": warmup, "warehouse": "hdfs://h/t"})
    bench = Bench(config, ["csv"], tmp_path / "spark.log", print)
    bench.close()
    found = list(_generated_sources(bench, generated_rows(config), [("trips", "csv")], Executors(2, 4, 4, 4, 4)))
    assert [each.dataset.rows for each in found] == rows
    copies = f"{bench.warehouse.tables}/sources"
    assert {each.copy for each in found} == {f"{copies}/{e.folder.parent.name}/{e.folder.name}" for e in found}


def test_prepared_run_stays_as_it_is(tmp_path):
    """What cases share is known as a whole, and none of them can change it."""
    bench = Bench(parse_config({"rows": 900}), [], tmp_path / "spark.log", print)
    bench.close()
    prepared = Prepared(bench, generated_rows(bench.config), None, {}, {})
    with pytest.raises(FrozenInstanceError):
        prepared.tables = {}
    assert prepared.proven and prepared.source(prepared.rows.first, Parquet()).copy is None
