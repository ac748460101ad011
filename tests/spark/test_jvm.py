"""The JVM's life: it starts with its settings, stops without a trace, and its death is reported."""

import os
import signal
import tempfile
import threading
import time

import psutil
import pytest

from otfbench.errors import JvmError, UsageError
from otfbench.registry import control
from otfbench.spark import causes, jvm, settings
from otfbench.spark.java import find_java
from otfbench.tables.session import Session
from otfbench.testing.fixtures import TRIPS, started

ME = psutil.Process()


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """The folder for everybody's temporary files: an empty one instead of the machine's."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def traces():
    """What a JVM could leave in this process: children, sockets, and variables for the next one."""
    children = {child.pid for child in ME.children(recursive=True)}
    sockets = {(at.laddr, at.raddr, at.status) for at in ME.net_connections()}
    return (
        children,
        sockets,
        {name: value for name, value in os.environ.items() if name.startswith(("PYSPARK", "JAVA"))},
    )


def assert_same_traces(before):
    """Nothing is left; a thread of py4j closes the last socket."""
    for _ in range(50):
        if traces() == before:
            break
        time.sleep(0.1)
    assert traces() == before


class TestLife:
    """JVMs that come and go in one process."""

    def test_five_jvms_leave_nothing(self, tmp_path, temporary):
        """Each of five JVMs has other settings and works; after it no process, socket, file or port is left."""
        before = traces()
        open_files = []
        for number in range(5):
            folder = tmp_path / str(number)
            folder.mkdir()
            conf = {"spark.driver.memory": f"{600 + 8 * number}m", "spark.sql.shuffle.partitions": str(number + 1)}
            with started(folder, conf) as jvm:
                pid = jvm.pid
                assert jvm.spark._jvm.java.lang.Runtime.getRuntime().maxMemory() >> 20 == 600 + 8 * number
                assert jvm.spark.sql("SELECT 1").first()[0] == 1
                assert jvm.spark.conf.get("spark.sql.shuffle.partitions") == str(number + 1)
                assert {at.laddr.ip for at in psutil.Process(pid).net_connections() if at.status == "LISTEN"} <= {
                    "127.0.0.1",
                    "::ffff:127.0.0.1",
                }
            assert_same_traces(before)
            assert not psutil.pid_exists(pid)
            assert sorted(temporary.iterdir()) == sorted((folder / "scratch").iterdir()) == []
            open_files.append(ME.num_fds())
        assert open_files[1:] == open_files[:1] * 4

    def test_killed_jvm_is_told_and_replaced(self, tmp_path, monkeypatch):
        """A JVM that is killed is dead, its notice has exit code and last log lines, and the next one works.

        One that crashes says why in the log, without secrets, and in no file of its own.
        """
        before = traces()
        with started(tmp_path, {}) as jvm:
            jvm.spark._jvm.java.lang.System.out.println("its last words")
            os.kill(jvm.pid, signal.SIGKILL)
            with pytest.raises(Exception) as caught:
                jvm.spark.range(1).count()
            assert jvm.ended_by(caught.value)
            assert causes.first_cause(caught.value)
            assert "exit code -9" in jvm.death_notice()
            assert "its last words" in jvm.death_notice()
            assert str(tmp_path / "spark.log") in jvm.death_notice()
            assert jvm.stop() == -9
            del caught  # its traceback holds a socket
        assert_same_traces(before)
        (tmp_path / "next").mkdir()
        (tmp_path / "here").mkdir()
        monkeypatch.chdir(tmp_path / "here")
        with started(tmp_path / "next", {"spark.driver.defaultJavaOptions": "-Dotf.token=pl4nted -Dplain=1"}) as jvm:
            assert jvm.alive
            assert jvm.spark.sql("SELECT 1").first()[0] == 1
            assert not jvm.ended_by(ValueError("not the JVM's"))
            os.kill(jvm.pid, signal.SIGSEGV)
            assert "exit code -6" in jvm.death_notice()
        assert not jvm.alive and os.listdir() == []
        log = (tmp_path / "next" / "spark.log").read_text()
        assert "SIGSEGV" in log and "-Dotf.token=(hidden) -Dplain=1" in log and "pl4nted" not in log

    def test_tables_of_the_next_jvm(self, tmp_path):
        """A session that replaces an earlier one, which has ended or died, creates its tables again."""
        lake = str(tmp_path / "lake")
        for name in ("first", "second"):
            (tmp_path / name).mkdir()
            with started(tmp_path / name, control().conf(lake)) as jvm:
                table = Session(jvm, control(), {}, lake).states.filled("again", TRIPS)
                table.restore()
                assert table.files() == table.initial_files

    def test_interrupted_jvm_stays_usable(self, tmp_path):
        """Control-C while Spark works ends what waits for it; the JVM can be asked further, and be ended."""
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with started(tmp_path, {}) as jvm:
                threading.Timer(1, os.kill, (os.getpid(), signal.SIGINT)).start()
                with pytest.raises(KeyboardInterrupt):
                    jvm.spark.range(10**13).selectExpr("sum(id % 7)").collect()
                assert jvm.spark.conf.get("spark.app.name")
            assert not jvm.alive
        finally:
            signal.signal(signal.SIGINT, before)

    @pytest.mark.parametrize(
        ("setting", "value", "message"),
        [
            ("spark.sql.extensions", "no.such.Extension", "ClassNotFoundException: no.such.Extension"),
            ("spark.master", "nonsense", "Master must either be"),
            ("spark.driver.memory", "much", "much"),
        ],
    )
    def test_failed_start_is_reported_and_leaves_nothing(self, tmp_path, temporary, setting, value, message):
        """A class that isn't there, a master that is none and a wrong memory size are named in one error."""
        before = traces()
        with pytest.raises(JvmError, match="Spark did not start") as caught, started(tmp_path, {setting: value}):
            pass
        assert message in str(caught.value)
        assert str(tmp_path / "spark.log") in str(caught.value)
        assert_same_traces(before)
        assert list(temporary.iterdir()) == []

    def test_foreign_arguments_are_refused(self, tmp_path, monkeypatch):
        """With arguments for spark-submit in the environment no JVM is started."""
        monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "12345")
        with pytest.raises(UsageError):
            jvm.start({}, find_java(), tmp_path / "log")
        assert not (tmp_path / "log").exists()
        monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "")
        jvm.refuse_foreign_jvm()


class TestFirstCause:
    """An error in one line."""

    @pytest.fixture(scope="class")
    @classmethod
    def jvm(cls, tmp_path_factory):
        """One JVM for the class."""
        with started(tmp_path_factory.mktemp("causes"), {}) as jvm:
            yield jvm

    def test_of_a_failed_job(self, jvm):
        """The innermost cause, without the stack traces around it."""
        with pytest.raises(Exception) as caught:
            jvm.spark.range(1).selectExpr("raise_error('planted\nbelow')").collect()
        assert len(str(caught.value).splitlines()) > 20
        assert causes.first_cause(caught.value) == "java.lang.RuntimeException: planted"

    def test_of_a_refused_query(self, jvm):
        """Errors that pyspark has translated keep their class and first line."""
        with pytest.raises(Exception) as caught:
            jvm.spark.sql("SELECT * FROM absent")
        assert causes.first_cause(caught.value).startswith("AnalysisException: [TABLE_OR_VIEW_NOT_FOUND] ")

    def test_of_an_error_in_python(self):
        """Errors of Python's have a class and one line of 500 characters at most."""
        assert causes.first_cause(ValueError("\n one\ntwo")) == "ValueError:"
        assert causes.first_cause(ValueError("one\ntwo")) == "ValueError: one"
        assert len(causes.first_cause(ValueError("x" * 1000))) == 500


class TestSettings:
    """Settings that need no JVM."""

    @pytest.mark.parametrize(
        ("master", "tasks"),
        [
            ("local", 1),
            ("local[3]", 3),
            ("local[3,2]", 3),
            ("local[*]", os.cpu_count()),
            ("local-cluster[2,3,1024]", 6),
            ("spark://host:7077", None),
            ("yarn", None),
        ],
    )
    def test_only_local_masters_tell_parallelism(self, master, tasks):
        """A local master says how many tasks run at once; a cluster doesn't."""
        assert settings.parallelism(master) == tasks

    def test_local_session(self, tmp_path):
        """A local session listens on loopback alone, and has as many partitions as tasks."""
        conf = settings.session_conf("local[3]", "2g", tmp_path)
        assert conf["spark.driver.host"] == conf["spark.driver.bindAddress"] == "127.0.0.1"
        assert {name for name, value in conf.items() if value == "3"} == {
            "spark.default.parallelism",
            "spark.sql.shuffle.partitions",
            "spark.sql.sources.parallelPartitionDiscovery.parallelism",
        }

    def test_cluster_session(self, tmp_path):
        """A cluster keeps its parallelism, and the driver the address that its workers see."""
        conf = settings.session_conf("spark://host:7077", "2g", tmp_path)
        assert not {"spark.default.parallelism", "spark.sql.shuffle.partitions", "spark.driver.host"} & set(conf)

    @pytest.mark.parametrize("master", ["local[2]", "yarn"])
    def test_every_session(self, tmp_path, master):
        """Whatever the master: its memory, in UTC, without a web server, with all files in the scratch folder."""
        conf = settings.session_conf(master, "2g", tmp_path)
        assert (conf["spark.master"], conf["spark.driver.memory"]) == (master, "2g")
        assert (conf["spark.sql.session.timeZone"], conf["spark.ui.enabled"]) == ("UTC", "false")
        assert conf["spark.local.dir"] == str(tmp_path)
        assert f"-Djava.io.tmpdir={tmp_path}" in conf["spark.driver.extraJavaOptions"]

    def test_log_tail(self, tmp_path):
        """The last lines of a log, without the frames of stack traces; a log that isn't there is reported, too."""
        frames = [f"\tat org.example.Class${n}.method(Class.scala:{n})" for n in range(50)]
        lines = ["first", *map(str, range(10)), "java.lang.Error: what happened", *frames, "\t... 23 more", "last"]
        (tmp_path / "log").write_text("\n".join(lines))
        assert jvm.log_tail(tmp_path / "log", 3).split() == ["9", "java.lang.Error:", "what", "happened", "last"]
        assert "No such file" in jvm.log_tail(tmp_path / "absent")
