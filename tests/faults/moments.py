"""The moments at which runs are signalled: named ones, and random ones in each stage of a run. Starts nothing."""

from __future__ import annotations

import os
import random

MOMENTS = {
    "the datasets are written": ("otfbench.data.cache:_write", "before", 1),
    "a JVM starts": ("pyspark.java_gateway:Popen", "after", 1),
    "Spark starts": ("pyspark:SparkContext._do_init", "before", 1),
    "the session warms up": ("otfbench.plugin.fixtures:warm_up", "before", 1),
    "the first table is restored": ("otfbench.tables.table:SessionTable.restore", "before", 2),
    "the warm-up round": ("otfbench.convert.write:convert", "before", 2),
    "a later timed round": ("otfbench.convert.write:convert", "after", 7),
    "the verification": ("otfbench.measure.content:digest", "before", 1),
    "the journal is written": ("otfbench.runs.journal:Journal.add", "before", 2),
    "the first case is written to the journal": ("otfbench.runs.journal:Journal.add", "before", 1),
    "a round of what is left": ("otfbench.convert.write:convert", "before", 2),
    "the table of the first case is removed": ("otfbench.formats.base:TableFormat.drop", "before", 9),
    "the last JVM ends": ("otfbench.measure.pool:JvmPool.close", "before", 1),
    "the run is saved": ("pytest_benchmark.session:BenchmarkSession.finish", "before", 1),
}
"""Moment -> a function, and whether the run is signalled before or after which call of it."""
STAGES_S = {
    "the datasets are written": 4.0,
    "a JVM starts": 2.0,
    "Spark starts": 2.0,
    "the session warms up": 2.0,
    "the first table is restored": 0.5,
    "the warm-up round": 1.0,
    "the verification": 1.0,
    "the first case is written to the journal": 0.1,
    "a round of what is left": 1.0,
    "the last JVM ends": 0.1,
    "the run is saved": 0.01,
}
"""Moment -> how many seconds after it the run may be signalled at random, in the order in which they come."""
PLUGIN = """
import functools, importlib, os, signal, threading
import pytest

CALLS = []
LATER = threading.Timer({delay_s}, os.kill, (os.getpid(), signal.{signal}))
LATER.daemon = True

def send():
    if LATER.interval:
        LATER.start()
    else:
        os.kill(os.getpid(), signal.{signal})

def pytest_unconfigure():
    LATER.cancel()

@pytest.hookimpl(tryfirst=True)
def {hook}():
    module, _, names = {target!r}.partition(":")
    *owners, name = names.split(".")
    owner = functools.reduce(getattr, owners, importlib.import_module(module))
    function = getattr(owner, name)

    @functools.wraps(function)
    def signalling(*args, **kwargs):
        CALLS.append(name)
        if len(CALLS) == {call} and {when!r} == "before":
            send()
        result = function(*args, **kwargs)
        if len(CALLS) == {call} and {when!r} == "after":
            send()
        return result

    setattr(owner, name, signalling)
"""


def at_random() -> tuple[int, list[tuple[str, float]]]:
    """A random moment of each stage, as the seconds after its beginning; and the seed, which FAULTS_SEED sets."""
    seed = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(10**6))
    chance = random.Random(seed)
    return seed, [(stage, chance.uniform(0, longest_s)) for stage, longest_s in STAGES_S.items()]
