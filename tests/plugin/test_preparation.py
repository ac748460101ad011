"""What is decided before the first case."""

from pathlib import Path

from otfbench.plugin.preparation import _new_log


def test_each_run_has_a_log(tmp_path: Path) -> None:
    """Runs that begin in one second have logs of their own."""
    for number in range(20):
        log = _new_log(tmp_path)
        log.write_text(str(number))
    assert sorted(int(log.read_text()) for log in tmp_path.glob("otfbench-*.log")) == list(range(20))
