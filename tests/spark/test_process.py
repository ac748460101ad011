"""CPU and memory of a process: a child of Python stands where the JVM is, for /proc is the same for both."""

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from otfbench.spark.process import ProcessMeter

# It does what a line tells it, and answers when it has.
CHILD = """
import subprocess, sys
for line in sys.stdin:
    exec(line)
    print(flush=True)
"""
GROW = "x = bytearray(b'x') * 60_000_000; del x"
WORK = "sum(i * i for i in range(2_000_000))"
MB = 1_000_000
needs_peak = pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="this system resets no peak memory")


class Child:
    """A process that obeys commands, and a meter of it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", CHILD], stdin=-1, stdout=-1, text=True, bufsize=1)
        # Its constructor asks a JVM for what is set here: the process, and no garbage collectors or heap; no cluster.
        self.meter = ProcessMeter.__new__(ProcessMeter)
        self.meter._process, self.meter._collectors = psutil.Process(self._process.pid), []
        self.meter._measures, self.meter._eden = True, None
        self.do("pass")

    def do(self, line: str) -> None:
        """Run a line of Python there, to its end."""
        self._process.stdin.write(line + "\n")
        self._process.stdout.readline()

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@pytest.fixture(scope="module")
def child():
    """A process to measure, still and small."""
    child = Child()
    yield child
    child.close()


def test_idle_process_uses_hardly_any_cpu(child):
    """A process that does nothing uses next to nothing."""
    child.meter.start()
    assert child.meter.stop().process_cpu_s < 0.05


def test_cpu_counts_from_start(child):
    """CPU is what the process itself used, and what was used before start() is not counted."""
    child.do(WORK)
    child.meter.start()
    child.do(WORK)
    used = child.meter.stop().process_cpu_s
    assert 0 < used < child.meter.cpu_s()


def test_cpu_of_ended_children(child):
    """What a child process used is counted, even if it was started and ended in between."""
    child.meter.start()
    child.do(f"subprocess.run([sys.executable, '-c', {WORK!r}])")
    with_child = child.meter.stop().process_cpu_s
    assert with_child > 0.02


@needs_peak
def test_peak_includes_freed_memory(child):
    """The peak is the most that was resident between start() and stop(), though it was freed before stop()."""
    child.meter.start()
    before = child.meter.stop().peak_rss_bytes
    child.meter.start()
    child.do(GROW)
    assert child.meter.stop().peak_rss_bytes > before + 50 * MB


@needs_peak
def test_peak_is_reset(child):
    """A peak from before start() is forgotten."""
    child.do(GROW)
    child.meter.start()
    peak = child.meter.stop().peak_rss_bytes
    assert peak < 50 * MB and peak == pytest.approx(child.meter._process.memory_info().rss, rel=0.2)


def test_peak_unknown(child, monkeypatch):
    """Where the peak can't be reset it is None, not one from before."""
    monkeypatch.setattr(ProcessMeter, "_reset_peak", lambda self: False)
    child.meter.start()
    assert child.meter.stop().peak_rss_bytes is None
