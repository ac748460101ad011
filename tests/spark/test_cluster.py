"""A master that can't answer is named before Spark tries for minutes."""

import socket
from threading import Timer

import pytest

from otfbench.errors import UsageError
from otfbench.spark import cluster as module
from otfbench.spark.cluster import check_reachable, is_cluster


@pytest.fixture
def closed():
    """A port at which nobody listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


@pytest.fixture
def listening():
    """A port at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        yield one.getsockname()[1]


@pytest.mark.parametrize(
    "master", ["spark://127.0.0.1:{}", "k8s://https://127.0.0.1:{}", "spark://127.0.0.1:{},127.0.0.1:{}"]
)
def test_nobody_answers(monkeypatch, closed, master):
    """The address and the reason are named."""
    monkeypatch.setattr(module, "_STARTED_S", 0)
    with pytest.raises(UsageError) as error:
        check_reachable(master.replace("{}", str(closed)))
    assert str(closed) in str(error.value) and "refused" in str(error.value)


def test_unknown_host(monkeypatch):
    """A name that nobody has is such an address."""
    monkeypatch.setattr(module, "_STARTED_S", 0)
    with pytest.raises(UsageError, match="no.such.host.invalid"):
        check_reachable("spark://no.such.host.invalid:7077")


def test_somebody_answers(listening, closed):
    """One of several masters is enough: the others stand by."""
    check_reachable(f"spark://127.0.0.1:{closed},127.0.0.1:{listening}")


def test_a_master_that_starts_is_awaited():
    """Containers start a master and its users at once."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        timer = Timer(1, one.listen)
        timer.start()
        check_reachable(f"spark://127.0.0.1:{one.getsockname()[1]}")
        timer.join()


def test_yarn_needs_its_configuration(monkeypatch):
    """Without Hadoop's configuration nobody knows where YARN is."""
    monkeypatch.delenv("HADOOP_CONF_DIR", raising=False)
    monkeypatch.delenv("YARN_CONF_DIR", raising=False)
    with pytest.raises(UsageError, match="HADOOP_CONF_DIR"):
        check_reachable("yarn")
    monkeypatch.setenv("HADOOP_CONF_DIR", "/etc/hadoop")
    check_reachable("yarn")


@pytest.mark.parametrize(
    ("master", "cluster"), [("local", False), ("local[2]", False), ("local-cluster[2,1,1024]", True), ("yarn", True)]
)
def test_is_cluster(master, cluster):
    """A local master has no executors beside the driver."""
    assert is_cluster(master) is cluster
    if not cluster:
        check_reachable(master)
