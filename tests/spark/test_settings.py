"""Settings of sessions that read tables of other formats, too."""

from __future__ import annotations

from otfbench.registry import format_names, load_format
from otfbench.spark.settings import with_guests


def test_extensions_are_joined() -> None:
    """A session has those of its guests and its own, each once; of other settings its own win."""
    guests = [{"spark.sql.extensions": "a.A", "x": "1"}, {"y": "1"}, {"spark.sql.extensions": "b.B"}]
    conf = with_guests({"spark.sql.extensions": "c.C,a.A", "x": "2"}, guests)
    assert conf == {"spark.sql.extensions": "a.A,b.B,c.C", "x": "2", "y": "1"}
    assert with_guests({"x": "2"}, []) == {"x": "2"}


def test_no_extension_is_lost() -> None:
    """Whatever formats are read together, each has what its own session has."""
    for name in format_names():
        conf = load_format(name).conf("/w")
        guests = [load_format(other).guest_conf for other in format_names()]
        own = set(filter(None, conf.get("spark.sql.extensions", "").split(",")))
        assert own <= set(with_guests(conf, guests).get("spark.sql.extensions", "").split(","))
