"""A JVM's life: start it, talk to its one session, stop it for good. Knows no format and no benchmark."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from otfbench import redaction
from otfbench.errors import JvmError, UsageError
from otfbench.spark import installation, interrupts
from otfbench.spark.causes import causes, first_cause
from otfbench.spark.current import NONE, Current
from otfbench.spark.java import Java
from otfbench.spark.log import pipe_into
from otfbench.spark.process import STARTED_BY, descendants
from otfbench.spark.settings_files import java_options, kept_variables, settings_in_files

if TYPE_CHECKING:
    from pyspark import SparkContext
    from pyspark.sql import SparkSession

_LOG_LINES = 12
_FRAME = re.compile(r"\s+(at \S+\(|\.\.\. \d+ more)")
_STOP_S = 30
_DIE_S = 5
_LOG_S = 5
_OUT_OF_MEMORY = 52
"""Spark's exit code where a task found no memory."""
_SHUT_DOWN = "SparkContext was shut down"
_killed: set[int] = set()
_connected: list[Any] = []
"""The gateways of the JVMs that are up."""


class Jvm:
    """A driver JVM of this process, with one Spark session. Of several that are up pyspark's calls go to one."""

    def __init__(
        self, spark: SparkSession, process: subprocess.Popen[bytes], log: Path, logging: threading.Thread
    ) -> None:
        self.spark, self._process, self._log, self._logging = spark, process, log, logging
        self._current = Current.now()

    def use(self) -> None:
        """Let pyspark's calls go to this one."""
        self._current.use()

    @property
    def pid(self) -> int:
        """Of the JVM itself: the launching scripts replace themselves by it."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs, and was not killed: it may take a moment to end."""
        return self.pid not in _killed and self._process.poll() is None

    def ended_by(self, error: BaseException) -> bool:
        """Whether the error is the death of the JVM, which is noticed before the process has ended.

        By a broken connection, or, where Spark itself ends the process, by jobs that it cancels.
        """
        from py4j.protocol import Py4JError, Py4JJavaError  # type: ignore[import-untyped]  # py4j has no types

        lost = isinstance(error, Py4JError | OSError | EOFError) and not isinstance(error, Py4JJavaError)
        lost = lost or any(_SHUT_DOWN in each for each in causes(error))
        if lost and self.alive:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_DIE_S)
        return not self.alive

    def death_notice(self) -> str:
        """How a dead JVM ended: exit code and the last lines of its log."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_DIE_S)
        self._logging.join(_LOG_S)
        code = self._process.poll()
        meaning = ": out of memory" if code == _OUT_OF_MEMORY else ""
        return f"The JVM died (exit code {code}{meaning}). Last lines of {self._log}:\n{log_tail(self._log)}"

    def stop(self) -> int:
        """End session and JVM, dead or alive: none is current then. Return the exit code."""
        self.use()
        code = _release(self.spark.sparkContext, self._process)
        self._logging.join(_LOG_S)
        return code

    def kill(self) -> None:
        """Kill it, and what it has started; others that are up go on."""
        _disconnect([self._current.gateway])
        with suppress(psutil.Error):  # it has ended by itself
            process = psutil.Process(self.pid)
            _kill([process, *process.children(recursive=True)])
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_DIE_S)

    def dump_threads(self) -> None:
        """Let it write what its threads are doing to its log; it may be stuck too deeply for that."""
        first = size = self._log.stat().st_size
        with suppress(OSError):  # it has ended by itself
            self._process.send_signal(signal.SIGQUIT)
        for _ in range(_DIE_S):
            time.sleep(1)
            before, size = size, self._log.stat().st_size
            if size == before > first:
                return


def start(conf: Mapping[str, str], java: Java, log: Path, launched: Callable[[], None] = lambda: None) -> Jvm:
    """Start a JVM with these settings; all that it prints goes to the end of the log file, without secrets.

    `launched` is called once its process is there: no other is forked after that.

    Raises JvmError with the last log lines if it ends before there is a session, or if an extension could not be loaded
    (Spark itself would only warn, and go on without the format).
    """
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    refuse_foreign_jvm()
    NONE.use()
    settings, options = SparkConf(loadDefaults=False).setAll(list(conf.items())), java_options(conf)
    gateway: Any = None
    context: SparkContext | None = None
    pipe, logging = pipe_into(log)
    try:
        with _environment(java), _interrupt_handler_kept():
            gateway = _launch(conf, options, pipe)
            _killed.discard(gateway.proc.pid)  # of one that has ended long ago
            _connected.append(gateway)
            launched()
            context = SparkContext(conf=settings, gateway=gateway)
        spark = SparkSession(context)
        _check_extensions(spark)
    except BaseException as error:
        cause = "" if isinstance(error, PySparkRuntimeError) else f" ({first_cause(error)})"
        _abandon(gateway, context, at_once=not isinstance(error, Exception))
        if not isinstance(error, Exception):
            raise
        logging.join(_LOG_S)
        # Not chained: a Java error asks the JVM for its text, and the JVM is gone.
        raise JvmError(f"Spark did not start{cause}. Last lines of {log}:\n{log_tail(log)}") from None
    return Jvm(spark, gateway.proc, log, logging)


def _launch(conf: Mapping[str, str], options: Sequence[str], pipe: int) -> Any:
    """Fork the JVM, which prints into the pipe, and connect to it."""
    from pyspark.java_gateway import launch_gateway

    # Nobody knows of the JVM yet.
    with interrupts.held(kill), os.fdopen(pipe, "wb") as output, settings_in_files(conf, options):
        # It inherits locks of the folders that it writes to: it outlives a killed process for a moment.
        streams = {"stdout": output, "stderr": subprocess.STDOUT, "close_fds": False}
        return launch_gateway(None, streams)  # type: ignore[no-untyped-call]  # pyspark left it so


def log_tail(log: Path, lines: int = _LOG_LINES) -> str:
    """The last lines of a log file, each cut to 300 characters, without the frames of stack traces."""
    try:
        tail = [line for line in log.read_text(errors="replace").splitlines() if not _FRAME.match(line)][-lines:]
        return "\n".join("  " + line[:300] for line in redaction.redact_text("\n".join(tail)).splitlines())
    except OSError as error:
        return f"  (unreadable: {error})"


def kill() -> None:
    """Kill the JVMs of this process, up or starting, and wait until they have ended; there may be none."""
    _disconnect(_connected)
    for _ in range(_DIE_S * 100):
        running = descendants()
        if not running:
            return
        _kill(running)
        time.sleep(0.01)


def _kill(processes: Sequence[psutil.Process]) -> None:
    for each in processes:
        _killed.add(each.pid)
        with suppress(psutil.Error):  # it has ended by itself
            each.kill()


def _disconnect(gateways: Sequence[Any]) -> None:
    """Of objects that Python drops from now on py4j tells the JVM nothing: it would wait for it, and log errors."""
    for gateway in gateways:
        gateway._gateway_client.is_connected = False


def refuse_foreign_jvm() -> None:
    """Raise UsageError where this process can't choose its JVM for each format, or would start another Spark."""
    if os.environ.get("PYSPARK_SUBMIT_ARGS"):
        raise UsageError(
            "PYSPARK_SUBMIT_ARGS is set: it would silently win over each format's settings.\n"
            "Unset it, and give the master by spark.master in otfbench.yaml, or --otf-master."
        )
    installation.home()


@contextmanager
def _interrupt_handler_kept() -> Iterator[None]:
    """Spark's handler of Control-C asks the JVM over the connection that waits for it: one call fails, and no more."""
    handler = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():  # Python sets handlers in no other
            signal.signal(signal.SIGINT, handler)


@contextmanager
def _environment(java: Java) -> Iterator[None]:
    """Spark takes the Java that JAVA_HOME names; without PYSPARK_PYTHON, a `python3` that may not be there."""
    with kept_variables("JAVA_HOME", "PYSPARK_PYTHON", "LC_ALL", STARTED_BY):
        os.environ["JAVA_HOME"] = str(java.home)
        os.environ[STARTED_BY] = str(os.getpid())
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        if os.environ.get("LC_ALL") in ("C", "POSIX"):  # in which Java finds no file whose name is not ASCII
            os.environ["LC_ALL"] = "C.UTF-8"
        yield


def _check_extensions(spark: SparkSession) -> None:
    jvm: Any = spark._jvm
    loader = jvm.java.lang.Thread.currentThread().getContextClassLoader()
    for name in (spark.conf.get("spark.sql.extensions", None) or "").split(","):
        if name:
            loader.loadClass(name)


def _abandon(gateway: Any, context: SparkContext | None, at_once: bool) -> None:
    """End the JVM of a start that failed, or was interrupted; nobody knows of it where there is no gateway yet."""
    from pyspark import SparkContext

    if at_once or gateway is None:
        kill()
    if gateway is not None:
        SparkContext._gateway = gateway
        _release(context, gateway.proc)


def _release(context: SparkContext | None, process: subprocess.Popen[bytes]) -> int:
    """End context, sockets and JVM, dead or alive: this process is free for the next one. Return the exit code."""
    from pyspark import SparkContext

    gateway: Any = SparkContext._gateway
    too_long = threading.Timer(_STOP_S, process.kill)  # which ends the waiting for a JVM that hangs
    too_long.start()
    try:
        if context is not None:
            if process.poll() is not None:
                context._jsc = None  # a dead JVM isn't asked to stop
            with suppress(Exception), warnings.catch_warnings():  # it may die in between: Spark warns of that
                warnings.simplefilter("ignore", RuntimeWarning)
                context.stop()
        with suppress(Exception):  # sockets of a dead JVM: nothing is left to close
            gateway.shutdown()
    finally:
        NONE.use()
        if gateway in _connected:
            _connected.remove(gateway)
        too_long.cancel()
        code = _end(process)
    return code


def _end(process: subprocess.Popen[bytes]) -> int:
    """The JVM exits when its standard input closes, and removes its temporary folders; else it is killed."""
    if process.stdin:
        with suppress(OSError):
            process.stdin.close()
    try:
        return process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
