"""The options of a run: what they are if nobody says, what they may be, and what is said of those that can't be."""

import pytest
from pydantic import ValidationError

from otfbench.config.options import GeneratedData, Options, parse_config
from otfbench.errors import ConfigError

DEFAULTS = {
    "suite": "default",
    "dataset": None,
    "rows": (20_000, 200_000),
    "seed": 42,
    "formats": None,
    "versions": None,
    "inputs": None,
    "rounds": None,
    "warmup": 1,
    "case_timeout": 3600,
    "verify": "digest",
    "master": "local[2]",
    "driver_memory": "2g",
    "jvms": None,
    "warehouse": None,
    "keep_tables": False,
    "resume": False,
}
MASTER = "must be a Spark master: local[2], spark://HOST:PORT, yarn, k8s://..."
THERE = "There are: trips, events, wide"
FOLDER = "must be a path, or a URI like file:///data/lake or hdfs://host:8020/lake"
EMPTY_NAME = "must be names with commas between them; one is empty"
REFUSED = [
    ("versions", "iceberg", "must be versions of formats, with commas between them: name=1.2.3"),
    ("versions", "iceberg=1,iceberg=2", "must name each format only once"),
    ("dataset", "own", f"no dataset of that name. {THERE}"),
    ("dataset", "trips,events,event", f"no dataset of that name. Did you mean 'events'? {THERE}"),
    ("dataset", "trips,trips", "must name each only once"),
    ("rows", "0", "must be greater than or equal to 1"),
    ("rows", "1e6", "must be a whole number"),
    ("seed", "-1", "must be greater than or equal to 0"),
    ("seed", str(2**63), f"must be less than {2**63}"),
    ("formats", "delta,,hudi", EMPTY_NAME),
    ("formats", "", EMPTY_NAME),
    ("formats", "delta,hudi,delta", "must name each only once"),
    ("inputs", "csv,", EMPTY_NAME),
    ("inputs", "csv, csv", "must name each only once"),
    ("rounds", "0", "must be greater than or equal to 1"),
    ("rounds", "2.5", "must be a whole number"),
    ("warmup", "-1", "must be greater than or equal to 0"),
    ("warmup", "none", "must be a whole number"),
    ("case_timeout", "0", "must be greater than or equal to 1"),
    ("verify", "maybe", "must be 'off', 'count', 'digest' or 'always'"),
    ("master", "sparky", MASTER),
    ("master", "localhost", MASTER),
    ("driver_memory", "2", "must be a size for Java: 900m, 2g"),
    ("driver_memory", "0g", "must be a size for Java: 900m, 2g"),
    ("driver_memory", "2GB", "must be a size for Java: 900m, 2g"),
    ("warehouse", "", "must name a folder"),
    ("warehouse", "file://host/lake", FOLDER),
    ("warehouse", "s3a://bucket", FOLDER),
    ("warehouse", "s3a:lake", FOLDER),
    (
        "warehouse",
        "s3a://key:secret@bucket/lake",
        "must not hold a password: give it as a setting (`spark: {conf: {spark.hadoop...}}`)",
    ),
    ("keep_tables", "perhaps", "must be true or false"),
    ("resume", "perhaps", "must be true or false"),
]


def test_every_option_has_its_default():
    """An option that nobody names has its default, and there are no other options."""
    assert Options().model_dump() == DEFAULTS == parse_config({}).model_dump(include=set(Options.model_fields))


def test_nothing_else_by_default():
    """Without a YAML file there are no settings of Spark, no table properties and no data of one's own."""
    config = parse_config({})
    assert (config.conf, config.properties, config.variants, config.jars) == ({}, {}, {}, {})
    assert (config.user_data, config.operations) == (None, None)


@pytest.mark.parametrize("name", DEFAULTS)
def test_none_keeps_the_default(name):
    """None, which is how pytest says that an option was not given, keeps the default."""
    assert getattr(parse_config({name: None}), name) == DEFAULTS[name]


@pytest.mark.parametrize("name", DEFAULTS)
def test_every_option_is_described(name):
    """Every option says in one line what it is: --help shows that."""
    description = Options.model_fields[name].description
    assert description and "\n" not in description


def test_text_is_parsed():
    """Values come as text from the command line and get their types."""
    config = parse_config({"rows": "7", "seed": "0", "warmup": "0", "warehouse": "a b/c", "keep_tables": True})
    assert (config.rows, config.seed, config.warmup, config.keep_tables) == ((7,), 0, 0, True)
    assert config.warehouse == "a b/c"


@pytest.mark.parametrize(
    ("given", "path"),
    [("file:///a/b%20c", "/a/b c"), ("file:/a", "/a"), ("a:b", "a:b"), ("./s3a:/b", "./s3a:/b")]
    + [(uri, uri) for uri in ("s3a://bucket/lake", "hdfs://host:8020/lake", "hdfs:/lake")],
)
def test_only_file_uri_becomes_a_path(given, path):
    """A file: URI is the path that it means, one of another file system stays; a path may hold a colon."""
    assert parse_config({"warehouse": given}).warehouse == path


def test_largest_seed():
    """The largest seed is the largest bigint of Spark."""
    assert parse_config({"seed": str(2**63 - 1)}).seed == 2**63 - 1


def test_datasets_are_trips_or_those_named():
    """A run is about trips, or about the datasets named; of very wide ones a run has fewer rows."""
    assert parse_config({"rows": "7"}).datasets == (GeneratedData(name="trips", rows=7, seed=42),)
    chosen = parse_config({"dataset": "wide, events", "seed": 1}).datasets
    assert [(each.name, each.rows, each.seed) for each in chosen] == [
        ("wide", 400, 1), ("events", 20_000, 1), ("wide", 4_000, 1),
    ]  # fmt: skip


def test_rows_of_several_sizes():
    """The first dataset is there with each number of rows, by which cases know it; the others with the least."""
    config = parse_config({"dataset": "trips,events", "rows": "500,20000,1500000"})
    named = {name: (each.name, each.rows) for name, each in config.named_datasets.items()}
    assert named == {
        "trips": ("trips", 500), "events": ("events", 500), "20k": ("trips", 20_000), "1500k": ("trips", 1_500_000),
    }  # fmt: skip


@pytest.mark.parametrize("rows", ["20000,500", "500,500"])
def test_sizes_that_do_not_grow(rows):
    """Numbers of rows stand in their order, each once: ids are made of them."""
    with pytest.raises(ConfigError, match=f"--otf-rows {rows}: must be numbers of rows that grow: 20000,1000000"):
        parse_config({"rows": rows})


def test_names_keep_their_order():
    """Names are split at commas, without the blanks around them, and keep their order."""
    config = parse_config({"formats": " iceberg, delta ", "inputs": "json"})
    assert (config.formats, config.inputs) == (("iceberg", "delta"), ("json",))


@pytest.mark.parametrize(
    "master", ["local", "local[*]", "local[2,3]", "local-cluster[2,1,900]", "spark://h:7077", "yarn", "k8s://https://h"]
)
def test_every_kind_of_master_is_taken(master):
    """Every kind of master that Spark has is taken."""
    assert parse_config({"master": master}).master == master


@pytest.mark.parametrize("memory", ["1m", "900m", "16g"])
def test_memory_is_in_mebibytes_or_gibibytes(memory):
    """A heap is a number of mebibytes or gibibytes, as Java reads it."""
    assert parse_config({"driver_memory": memory}).driver_memory == memory


@pytest.mark.parametrize(("name", "value", "message"), REFUSED)
def test_refusal_names_option_and_value(name, value, message):
    """A value that can't be is one line: the option as the user wrote it, the value, what it must be."""
    with pytest.raises(ConfigError) as error:
        parse_config({name: value})
    assert str(error.value) == f"--otf-{name.replace('_', '-')} {value}: {message}"


def test_all_at_once():
    """All wrong values are told at once, one per line, in the order of the options."""
    with pytest.raises(ConfigError) as error:
        parse_config({"driver_memory": "x", "rows": "x", "rounds": "3", "verify": "x"})
    assert [line.split(":")[0] for line in str(error.value).splitlines()] == [
        "--otf-rows x",
        "--otf-verify x",
        "--otf-driver-memory x",
    ]


def test_unknown_option():
    """A name that is no option is refused, not ignored."""
    with pytest.raises(ConfigError, match="--otf-colour red"):
        parse_config({"colour": "red"})


def test_checked_configuration_is_frozen():
    """A configuration can't be changed after it was checked."""
    with pytest.raises(ValidationError, match="frozen"):
        parse_config({}).rows = 0


def test_options_win_over_suite_defaults():
    """A suite has defaults of its own, over which an option wins."""
    quick, full = parse_config({"suite": "quick", "rounds": 5}), parse_config({"suite": "full"})
    assert (quick.datasets[0].rows, quick.rounds, quick.warmup) == (5_000, 5, 0)
    assert [each.name for each in full.datasets] == ["trips", "events", "wide", "trips"]
