"""A format's statements are those of a copy that is bound to a session and a table; without one they are errors."""

import pytest

from otfbench.formats.model import Table
from otfbench.registry import load_format


def test_statements_need_a_table():
    """A statement of a format that isn't bound fails before Spark is asked, and says what is missing."""
    with pytest.raises(TypeError, match=r"iceberg is not bound to a table: .* at\(spark, table\)"):
        load_format("iceberg").compact()


def test_a_copy_is_bound():
    """Each copy is bound to its table; the format itself stays unbound."""
    table_format = load_format("delta")
    one, other = (table_format.at(None, Table(name, "/lake")) for name in ("one", "other"))
    assert (one.identifier, other.path) == ("`spark_catalog`.`otfbench`.`one`", "/lake/otfbench.db/other")
    assert one.variants is table_format.variants
    with pytest.raises(TypeError, match="delta is not bound"):
        table_format.identifier  # noqa: B018
