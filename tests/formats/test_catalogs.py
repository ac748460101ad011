"""Catalogs as a format declares them: what a choice makes of its settings, and where tables are then."""

import re

import pytest

from otfbench.formats import iceberg_metadata
from otfbench.formats.catalogs import Catalog
from otfbench.formats.model import Table
from otfbench.registry import format_names, load_format

SHARED = Catalog({"lake.uri": "jdbc:x:{folder}/db", "lake.place": "{warehouse}"}, "lake.", "uri", "org.x:x-jdbc")
THEIRS = Catalog({"lake.kind": "far"}, "lake.", "uri")
UUID = "01234567-89ab-cdef-0123-456789abcdef"


def test_settings_of_a_choice():
    """Places are filled in, and options are settings, which win."""
    assert SHARED.settings({}, "/lake", "/own") == {"lake.uri": "jdbc:x:/own/db", "lake.place": "/lake"}
    assert SHARED.settings({"uri": "jdbc:y", "user": "me"}, "/lake", "/own") == {
        "lake.uri": "jdbc:y", "lake.place": "/lake", "lake.user": "me",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("catalog", "options", "faults"),
    [
        (SHARED, {"uri": "jdbc:y", "user": "me", "place": "here"}, []),
        (SHARED, {"cached": "true"}, [("cached", "can't be given: the format needs its own")]),
        (THEIRS, {"token": "x"}, [("type", "needs the option uri: where your catalog is")]),
        (Catalog(), {"uri": "x"}, [("uri", "this kind of catalog takes no options")]),
    ],
)
def test_options_that_cannot_be(catalog, options, faults):
    """What the format itself sets, what a kind doesn't take, and an address that is missing."""
    assert [*catalog.faults(options, ["lake.place", "lake.cached"])] == faults


@pytest.mark.parametrize(
    ("jar", "lacks"), [("org.x:x-jdbc:1", False), ("/lib/x-jdbc-1.jar", False), ("a:b:1", True), (None, True)]
)
def test_driver_is_known_by_its_jar(jar, lacks):
    """The jar of a catalog of ours is known by its coordinate or the name of its file; an address needs none of it."""
    assert SHARED.lacks_driver({}, [jar] if jar else []) == lacks
    assert not SHARED.lacks_driver({"uri": "jdbc:y"}, [])


@pytest.mark.parametrize("name", format_names())
def test_without_a_choice(name):
    """Without a choice, and with the first one, settings and places are the format's own."""
    plain = load_format(name)
    for table_format in (plain, plain.with_catalog({"type": plain.catalog_type})):
        assert table_format.catalog_conf("/lake", "/own") == {}
        assert table_format.namespace == "otfbench"


def test_a_choice_goes_with_the_copy():
    """The format itself has its own catalog; a copy, and what is bound of it, the chosen one."""
    table_format = load_format("iceberg")
    chosen = table_format.with_catalog({"type": "jdbc", "jdbc.user": "me"}).at(None, Table("t", "/lake"))
    assert (table_format.catalog_type, chosen.catalog_type) == ("hadoop", "jdbc")
    assert chosen.catalog_conf("/lake", "/own") == {
        "spark.sql.catalog.lake.type": "jdbc",
        "spark.sql.catalog.lake.uri": "jdbc:sqlite:/own/catalog.db",
        "spark.sql.catalog.lake.jdbc.schema-version": "V1",
        "spark.sql.catalog.lake.jdbc.user": "me",
    }


def test_a_catalog_of_the_user():
    """In a catalog that others use, too, each session has a namespace of its own, as long as that of any other."""
    one, other = (load_format("iceberg").with_catalog({"type": "jdbc", "uri": "jdbc:x"}) for _ in range(2))
    assert one.namespace != other.namespace
    bound = one.at(None, Table("t", "/lake"))
    assert re.fullmatch(r"/lake/otfbench_[0-9a-f]{12}/t", bound.path)
    assert bound.identifier == f"`lake`.`{one.namespace}`.`t`"


def test_newest_metadata(tmp_path):
    """Metadata of another catalog than Hadoop's is ordered by number; of two that are the newest none is."""
    (tmp_path / "metadata").mkdir()
    for number in (2, 9, 10):
        (tmp_path / "metadata" / f"{number:05}-{UUID}.metadata.json").touch()
    assert iceberg_metadata.of_catalog(None, str(tmp_path)) == f"{tmp_path}/metadata/00010-{UUID}.metadata.json"
    assert iceberg_metadata.newest_of_any(str(tmp_path)) == f"{tmp_path}/metadata/00010-{UUID}.metadata.json"
    (tmp_path / "metadata" / f"00010-{UUID[::-1]}.metadata.json").touch()
    with pytest.raises(Exception, match="the table's catalog alone knows"):
        iceberg_metadata.of_catalog(None, str(tmp_path))


def test_metadata_of_a_hadoop_catalog(tmp_path):
    """It is found by its folder."""
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "v9.metadata.json").touch()
    (tmp_path / "metadata" / "v10.metadata.json").touch()
    assert iceberg_metadata.of_catalog(None, str(tmp_path)) is None
    assert iceberg_metadata.newest_of_any(str(tmp_path)) == f"{tmp_path}/metadata/v10.metadata.json"
