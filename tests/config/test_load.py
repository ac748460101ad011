"""The YAML file: what it can say, what wins over it, and what is said of all that is wrong in it."""

import re
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest

from otfbench.config.load import find_config_file, load
from otfbench.config.options import Config, GeneratedData, parse_config
from otfbench.config.schema import schema
from otfbench.config.shown import effective, recorded
from otfbench.errors import ConfigError, UsageError
from otfbench.registry import format_names, input_names, load_format
from otfbench.spark.settings import RESERVED, reserved, session_conf

EVERYTHING = """
spark:
  master: local[4]
  driver_memory: 3g
  conf: {spark.sql.adaptive.enabled: false, spark.hadoop.x: 1.50}
profile: spark-3.5
formats:
  iceberg: {properties: {write.format.default: orc, n: 7}, variants: [cow, mor], jars: [a.jar, 'org.x:y_2.12:1.0+2']}
  delta:
  paimon: {catalog: filesystem, jars: {replace: ['org.z:z:2']}}
operations: [convert]
inputs: [json, csv]
rounds: 5
warmup: 0
verify: count
datasets: [{name: trips, rows: 12, seed: 3}, {name: wide}, {name: events, rows: 7}]
storage: {warehouse: lake, keep_tables: yes}
"""
OWN = "datasets: {path: '*.csv', format: csv, options: {multiLine: true}, schema: 'a int', key: [a, 'b`c']}\n"

INSTALLED = ", ".join(
    sorted({"avro", "csv", "csv-gz", "json", "json-gz", "json-multiline", "orc", "parquet", "xml", *input_names()})
)


@pytest.fixture
def file(tmp_path):
    """Writes otfbench.yaml, beside a CSV file."""

    def write(text):
        (tmp_path / "a.csv").write_text("a\n1\n")
        zipfile.ZipFile(tmp_path / "a.jar", "w").close()
        (tmp_path / "otfbench.yaml").write_text(text)
        return tmp_path / "otfbench.yaml"

    return write


def faults(path, options=()):
    """The lines of the one error."""
    with pytest.raises(ConfigError) as error:
        load(dict(options), path)
    return [line.replace(str(path), "FILE") for line in str(error.value).splitlines()]


# What it can say


def test_every_key_takes_effect(file, tmp_path):
    """Each key sets what it is about; values for Spark and formats keep their text."""
    assert load({}, file(EVERYTHING)) == Config(
        datasets=(
            GeneratedData(name="trips", rows=12, seed=3), GeneratedData(name="wide", rows=400, seed=42),
            GeneratedData(name="events", rows=7, seed=42),
        ),
        variants={"iceberg": ("cow", "mor")}, replaced=("paimon",),
        jars={"iceberg": (str(tmp_path / "a.jar"), "org.x:y_2.12:1.0+2"), "paimon": ("org.z:z:2",)},
        catalogs={"paimon": {"type": "filesystem"}},
        operations=("convert",), formats=("iceberg", "delta", "paimon"), inputs=("json", "csv"),
        rounds=5, warmup=0, verify="count",
        master="local[4]", driver_memory="3g", warehouse=str(tmp_path / "lake"), keep_tables=True,
        conf={"spark.sql.adaptive.enabled": "false", "spark.hadoop.x": "1.50"},
        properties={"iceberg": {"write.format.default": "orc", "n": "7"}},
    )  # fmt: skip


def test_no_file_changes_nothing():
    """Without a file the options alone count."""
    assert load({"rows": "7"}, None) == parse_config({"rows": "7"})


@pytest.mark.parametrize("text", ["spark:\n", "datasets:\n", "storage: {}\n", "formats:\n", "warmup: 1\n"])
def test_empty_sections(file, text):
    """A section without a key is as good as none, and all defaults stay."""
    assert load({}, file(text)) == parse_config({})


def test_list_of_formats(file):
    """Formats without settings may be a list, and keep their order."""
    config = load({}, file("formats: [iceberg, delta]\n"))

    assert (config.formats, config.properties) == (("iceberg", "delta"), {})


def test_options_win(file):
    """An option of the command line wins over the file; the others stay as the file says."""
    config = load({"rounds": "9", "formats": "iceberg,hudi", "warehouse": "here", "seed": None}, file(EVERYTHING))

    assert (config.rounds, config.verify, config.warehouse) == (9, "count", "here")
    assert (config.formats, list(config.properties)) == (("iceberg", "hudi"), ["iceberg"])


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"rows": "100"}, [("trips", 100, 3), ("wide", 2, 42), ("events", 100, 42)]),
        ({"seed": "5"}, [("trips", 12, 5), ("wide", 400, 5), ("events", 7, 5)]),
        ({"dataset": "events,trips"}, [("events", 7, 42), ("trips", 12, 3)]),
    ],
)
def test_options_win_over_each_dataset(file, options, found):
    """Options about datasets win in each of them; those of the file that an option doesn't name are left out."""
    config = load(options, file(EVERYTHING))

    assert [(each.name, each.rows, each.seed) for each in config.datasets] == found


def test_one_dataset_needs_no_list(file):
    """A mapping stands for a list of one."""
    wide = "{name: wide, rows: 5}"
    assert load({}, file(f"datasets: {wide}\n")) == load({}, file(f"datasets: [{wide}]\n"))
    assert (
        load({}, file("datasets: [{path: a.csv, format: csv}]\n")).user_data
        == load({}, file("datasets: {path: a.csv, format: csv}\n")).user_data
    )


def test_properties_of_other_formats_are_left_out(file):
    """A format that the command line doesn't choose leaves nothing of its settings in the run."""
    assert load({"formats": "delta"}, file(EVERYTHING)).properties == {}


def test_own_data(file, tmp_path):
    """Own files are the one input, and are found from the file's folder."""
    config = load({}, file(OWN))

    assert config.inputs == ("csv",) and config.user_data
    assert asdict(config.user_data) == {
        "path": "*.csv", "folder": tmp_path, "format": "csv", "options": {"multiLine": "true"}, "ddl": "a int",
        "bad_records": "fail", "key": ("a", "b`c"), "partition_by": (),
        "infer": "lossless", "read_twice": True, "recursive": False, "scratch": None, "table": False, "converted": {},
    }  # fmt: skip


def test_input_may_be_repeated(file):
    """Naming the one input once more does no harm."""
    assert load({"inputs": "csv"}, file(OWN + "inputs: [csv]\n")).inputs == ("csv",)


# Where it is


def test_found_in_the_root_folder(file, tmp_path):
    """The root folder's file is taken, unless another is named; none is none."""
    assert find_config_file(None, tmp_path / "here", tmp_path) is None
    path = file("rounds: 3\n")
    assert find_config_file(None, tmp_path / "here", tmp_path) == path
    assert find_config_file("my.yaml", tmp_path / "here", tmp_path) == tmp_path / "here" / "my.yaml"


def test_other_spelling(tmp_path):
    """otfbench.yml is not passed over in silence."""
    (tmp_path / "otfbench.yml").write_text("rounds: 3\n")
    with pytest.raises(ConfigError, match="call it otfbench.yaml"):
        find_config_file(None, tmp_path, tmp_path)


# What is wrong with it


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("roundz: 3", "FILE:1: roundz: no such key. Did you mean 'rounds'? Allowed: profile, spark, formats, inputs"),
        ("spark: {mster: x}", "FILE:1: spark.mster: no such key. Did you mean 'master'? Allowed: master, driver_mem"),
        ("rounds: 2.5", "FILE:1: rounds 2.5: must be a whole number"),
        ("rounds: 0", "FILE:1: rounds 0: must be greater than or equal to 1"),
        ("rounds:", "FILE:1: rounds: has no value: give it one, or leave the key out"),
        ("rounds: [3]", "FILE:1: rounds: must be a whole number"),
        ("spark: local", "FILE:1: spark local: must be a mapping (key: value)"),
        ("spark: {master: sparky}", "FILE:1: spark.master sparky: must be a Spark master: local[2], spark://HOST:PORT"),
        ("formats: delta", "FILE:1: formats delta: must be a list of names, or a mapping from names to their settings"),
        (
            "datasets: [{name: trips}, {name: events, rows: [5, 9]}]",
            "FILE:1: datasets: only the first dataset may have several numbers of rows",
        ),
        ("formats: []", "FILE:1: formats: must have at least 1 item"),
        ("formats: [delta, delta]", "FILE:1: formats: must name each only once"),
        (
            "formats:\n- deltta",
            "FILE:2: formats[0] deltta: no table format of that name. Did you mean 'delta'? Install",
        ),
        ("formats:\n  icberg:\n", "FILE:2: formats.icberg: no table format of that name. Did you mean 'iceberg'? Inst"),
        ("formats: {delta: {props: {}}}", "FILE:1: formats.delta.props: no such key. Did you mean 'properties'? Allo"),
        ("formats: {delta: {properties: {a: }}}", "FILE:1: formats.delta.properties.a: has no value"),
        ("formats: {delta: {properties: {a: [1]}}}", "FILE:1: formats.delta.properties.a: must be text"),
        (
            "formats: {delta: {properties: {Location: x}}}",
            "FILE:1: formats.delta.properties.Location: can't be given",
        ),
        ("formats: {parquet: {properties: {path: x}}}", "FILE:1: formats.parquet.properties.path: can't be given: p"),
        (
            "inputs: [cvs]",
            "FILE:1: inputs[0] cvs: no input of that name. Did you mean 'csv'? Installed: " + INSTALLED,
        ),
        ("inputs: csv", "FILE:1: inputs csv: must be a list"),
        ("verify: maybe", "FILE:1: verify maybe: must be 'off', 'count', 'digest' or 'always'"),
        (
            "datasets: {name: taxis}",
            "FILE:1: datasets.name taxis: no dataset of that name. Did you mean 'trips'? There are: trips, e",
        ),
        (
            "datasets: [{name: trips}, {name: wied}]",
            "FILE:1: datasets[1].name wied: no dataset of that name. Did you mean 'wide'?",
        ),
        ("datasets: [{name: trips}, {rows: 3}]", "FILE:1: datasets: must name each only once"),
        ("datasets: []", "FILE:1: datasets: must have at least 1 item"),
        ("datasets: trips", "FILE:1: datasets trips: must be a mapping (key: value)"),
        ("datasets: [trips]", "FILE:1: datasets[0] trips: must be a mapping (key: value)"),
        (
            "datasets: [{path: a.csv, format: csv}, {}]",
            "FILE:1: datasets: your own files are the only dataset of a run: lea",
        ),
        (
            "datasets:\n- path: b.csv\n  format: csv",
            "FILE:2: datasets[0].path b.csv: there is no such file or folder: ",
        ),
        ("datasets: {path: a.csv, format: csv, key: a}", "FILE:1: datasets.key a: must be a list"),
        ("datasets: {path: a.csv, format: csv, key: [a, a]}", "FILE:1: datasets.key: must name each only once"),
        ("datasets: {path: a.csv, format: csv, key: ['']}", "FILE:1: datasets.key[0] : must have at least 1 character"),
        (
            "datasets: {path: a.csv, format: csv, partition_by: []}",
            "FILE:1: datasets.partition_by: must have at least 1 i",
        ),
        ("datasets: {key: [a], format: csv}", "FILE:1: datasets.path: is missing"),
        (
            "dataset: {name: trips}",
            "FILE:1: dataset: no such key. Did you mean 'datasets'? Allowed: profile, spark, form",
        ),
        (
            "profile: spark-4.9",
            "FILE:1: profile spark-4.9: pyspark 3.5.9 is installed, whose profile is spark-3.5; there are",
        ),
        ("formats: {delta: {jars: [x.jar]}}", "FILE:1: formats.delta.jars[0] x.jar: there is no such file: "),
        (
            "formats: {delta: {jars: [a.csv]}}",
            "FILE:1: formats.delta.jars[0] a.csv: must be group:artifact:version, or th",
        ),
        (
            "formats: {delta: {jars: ['a:b']}}",
            "FILE:1: formats.delta.jars[0] a:b: must be group:artifact:version, or the",
        ),
        (
            "formats: {delta: {jars: ['-x:b:1']}}",
            "FILE:1: formats.delta.jars[0] -x:b:1: must be group:artifact:version, o",
        ),
        (
            "formats: {delta: {jars: ['a:b:../c']}}",
            "FILE:1: formats.delta.jars[0] a:b:../c: must be group:artifact:versi",
        ),
        (
            "formats: {delta: {jars: ['a,b.jar']}}",
            "FILE:1: formats.delta.jars[0] a,b.jar: must be group:artifact:version",
        ),
        ("formats: {delta: {variants: cow}}", "FILE:1: formats.delta.variants cow: must be a list"),
        ("operations: []", "FILE:1: operations: must have at least 1 item"),
        ("datasets: {format: csv}", "FILE:1: datasets.path: is missing"),
        ("datasets: {path: a.csv, format: csv, rows: 3}", "FILE:1: datasets.rows 3: no such key. Allowed: path, forma"),
        ("datasets: {path: b.csv, format: csv}", "FILE:1: datasets.path b.csv: there is no such file or folder: "),
        ("datasets: {path: '*.x', format: csv}", "FILE:1: datasets.path *.x: no file matches it (in "),
        ("datasets: {path: s3a://b/x}", "FILE:1: datasets.format: must be given for a URI: what is there is known on"),
        (
            "spark: {jars: [a.txt]}",
            "FILE:1: spark.jars[0] a.txt: must be group:artifact:version, or the path of a .jar",
        ),
        (
            "datasets: {path: a.csv, format: cvs}",
            "FILE:1: datasets.format cvs: no input of that name. Did you mean 'csv",
        ),
        (
            OWN.replace("multiLine", "Mode"),
            "FILE:1: datasets.options.Mode true: must be one of PERMISSIVE, DROPMALFORM",
        ),
        (
            OWN.replace("true", "maybe"),
            "FILE:1: datasets.options.multiLine: must be true or false",
        ),
        ("datasets: {path: a.csv, bad_records: drop}", "FILE:1: datasets.bad_records drop: must be 'fail' or 'aside'"),
        (
            "datasets: {path: a.csv, bad_records: aside, options: {Mode: PERMISSIVE}}",
            "FILE:1: datasets.options.Mode PERMISSIVE: can't be given together with bad_records: aside",
        ),
        ("datasets: {path: a.csv}\ninputs: [json]", "FILE:2: inputs: must be [csv], or left out"),
        (OWN + "inputs: [json]", "FILE:2: inputs: must be [csv], or left out: your own files are the one input"),
        (
            "storage: {warehouse: 's3a://b'}",
            "FILE:1: storage.warehouse s3a://b: must be a path, or a URI like file:///data/lake or hdfs://host:8020/",
        ),
        ("storage: {keep_tables: perhaps}", "FILE:1: storage.keep_tables perhaps: must be true or false"),
        ("rounds: 3\nrounds: 3", "FILE:2: rounds 3: is given twice: in line 1 and in line 2"),
        ("spark: {conf: {hadoop.x: 1}}", "FILE:1: spark.conf['hadoop.x']: Spark takes no notice of it: must begin w"),
        ("spark: {conf: {spark.master: yarn}}", "FILE:1: spark.conf['spark.master']: can't be set: it is the key"),
    ],
)
def test_error_tells_its_place_and_value(file, text, told):
    """An error tells file, line, place, the value of a known key, and what is allowed; there is only one of it."""
    lines = faults(file(text + "\n"))

    assert len(lines) == 1
    assert lines[0].startswith(told)


def test_many_errors_are_one_screen(file):
    """Of thousands of errors the first are told, and how many more there are."""
    lines = faults(file("".join(f"k{number}: 1\n" for number in range(3000))))

    assert len(lines) == 41 and lines[-1] == "... and 2960 more"


@pytest.mark.parametrize(
    ("dataset", "told"),
    [
        (
            "path: a.bin",
            "FILE:1: datasets.path a.bin: FOLDER/a.bin looks like no input: say what it is, by datasets.",
        ),
        ("path: 'a.*'", "FILE:1: datasets.path a.*: FOLDER/a.bin looks like no input"),
        (
            "path: '[bc].*'",
            "FILE:1: datasets.path [bc].*: the files are of several kinds (FOLDER/b.csv looks like csv, FOL",
        ),
        (
            "path: c.avro, bad_records: aside",
            "FILE:1: datasets.bad_records aside: avro files tell their types: a record",
        ),
    ],
)
def test_content_that_does_not_fit(file, tmp_path, dataset, told):
    """Files that are of no kind or of several, and a policy for records where files are whole or damaged."""
    (tmp_path / "a.bin").write_bytes(bytes(9))
    (tmp_path / "b.csv").write_text("a\n1\n")
    (tmp_path / "c.avro").write_bytes(b"Obj\x01...")
    [line] = faults(file(f"datasets: {{{dataset}}}\n"))

    assert line.replace(str(tmp_path), "FOLDER").startswith(told)


def test_found_by_content(file, tmp_path):
    """Without a format it is what the content looks like, whatever the name says; that input may be asked for."""
    (tmp_path / "a.csv.bak").write_text('{"a": 1}\n')
    config = load({"inputs": "json"}, file("datasets: {path: '*.bak'}\n"))

    assert config.inputs == ("json",) and config.user_data and config.user_data.format == "json"
    assert "--otf-inputs csv: must be json" in faults(file("datasets: {path: '*.bak'}\n"), {"inputs": "csv"})[0]


def test_all_at_once(file):
    """All errors of the options and of the file, in the order of its lines."""
    spark = "spark:\n  driver_memory: 2\n  conf: {spark.master: yarn}\n"
    text = f"roundz: 3\nformats: [icberg]\n{spark}verify: x\nwarmup: -1\n"
    lines = faults(file(text), {"rows": "0"})

    assert [line.split(" ")[0] for line in lines] == ["--otf-rows", *(f"FILE:{n}:" for n in (1, 2, 4, 5, 6, 7))]


def test_options_without_a_meaning(file):
    """Options of generated rows mean nothing for own files, and are not ignored."""
    lines = faults(file(OWN), {"rows": "5", "seed": "1", "inputs": "json", "dataset": "wide"})

    assert [line.split(":")[0] for line in lines] == [
        "--otf-dataset wide",
        "--otf-rows 5",
        "--otf-seed 1",
        "--otf-inputs json",
    ]


def test_secrets_are_not_shown(file):
    """A value whose key sounds like a secret is in no error."""
    assert "hush" not in "".join(faults(file("spark: {conf: {fs.s3a.secret.key: hush}}\n")))


# Catalogs, and jars in place of locked ones


@pytest.mark.parametrize(
    ("section", "where", "message"),
    [
        ("paimon: {catalog: hive}", "paimon.catalog hive", "no catalog of that kind. There are: filesystem."),
        ("delta: {catalog: {type: hvie}}", "delta.catalog.type hvie", "no catalog of that kind. Did you mean 'hive'?"),
        ("delta: {catalog: {type: hive, uri: x}}", "delta.catalog.uri", "this kind of catalog takes no options"),
        ("delta: {catalog: {uri: x}}", "delta.catalog", "has no type: which kind of catalog it is"),
        ("delta: {catalog: [hive]}", "delta.catalog", "must be a mapping"),
        ("iceberg: {catalog: {type: jdbc, cache-enabled: true}, jars: ['a:sqlite-jdbc:1']}",
         "iceberg.catalog.cache-enabled", "can't be given: the format needs its own"),
        ("iceberg: {catalog: jdbc}", "iceberg.catalog jdbc", "needs a jar of org.xerial:sqlite-jdbc"),
        ("iceberg: {jars: {replace: [a.txt]}}", "iceberg.jars.replace[0] a.txt", "must be group:artifact:version"),
        ("iceberg: {jars: {replce: ['a:b:1']}}", "iceberg.jars", "must be a list, or a mapping with the one key"),
        ("iceberg: {jars: {replace: []}}", "iceberg.jars.replace", "must have at least 1"),
    ],
)  # fmt: skip
def test_catalogs_and_jars_that_cannot_be(file, section, where, message):
    """What a format lacks, or doesn't take, is one line."""
    (line,) = faults(file(f"formats:\n  {section}\n"))
    assert line.startswith(f"FILE:2: formats.{where}: {message}")


def test_driver_of_a_catalog(file):
    """It is found among the jars of the format, also where they replace its own, and among those of every session."""
    jar = "['org.xerial:sqlite-jdbc:3.54.1.0']"
    assert load({}, file(f"formats: {{iceberg: {{catalog: jdbc, jars: {jar}}}}}\n")).catalogs
    assert load({}, file(f"formats: {{iceberg: {{catalog: jdbc, jars: {{replace: {jar}}}}}}}\n")).catalogs
    assert load({}, file(f"formats: {{iceberg: {{catalog: jdbc}}}}\nspark: {{jars: {jar}}}\n")).catalogs


def test_catalogs_of_other_formats(file):
    """Of formats that an option leaves out neither catalog nor jars are used."""
    config = load({"formats": "delta"}, file(EVERYTHING))
    assert (config.catalogs, config.replaced, config.jars) == ({}, (), {})


def test_settings_of_a_chosen_catalog_are_refused(file):
    """As those of the format are."""
    text = "spark: {conf: {spark.hadoop.hive.exec.scratchdir: /x}}\nformats: {delta: {catalog: %s}}\n"
    assert "the format delta needs its own" in faults(file(text % "hive"))[0]
    assert load({}, file(text % "session")).conf


def test_options_of_a_catalog_are_recorded_without_secrets(file):
    """What isn't known to be harmless is hidden, as of settings; the same in what `config show` prints."""
    uri = "jdbc:postgresql://me:hush@h/x?password=hush"
    options = f"{{type: jdbc, uri: '{uri}', jdbc.password: hush, scope: hush, s3.access-key-id: hush}}"
    config = load({}, file(f"formats: {{iceberg: {{catalog: {options}}}}}\n"))
    kept = recorded(config, None)["catalogs"]["iceberg"]
    assert kept == effective(config)["formats"]["iceberg"]["catalog"]
    assert "hush" not in str(kept) and kept["type"] == "jdbc" and kept["uri"].endswith("@h/x?password=(hidden)")
    assert (kept["jdbc.password"], kept["scope"]) == ("(hidden)", "(hidden)")


def test_secrets_of_a_catalog_are_not_shown(file):
    """In an error about its options no value is repeated."""
    section = "delta: {catalog: {type: hive, note: hush, path: hush}}"
    assert "hush" not in "".join(faults(file(f"formats: {{{section}}}\n")))


def test_replaced_jars_are_shown(file):
    """`config show` prints jars as they were given."""
    shown = effective(load({}, file("formats: {paimon: {jars: {replace: ['a:b:1']}}}\n")))
    assert shown["formats"]["paimon"]["jars"] == {"replace": ["a:b:1"]}


# Settings of Spark that are ours


@pytest.mark.parametrize("master", ["local[2]", "local-cluster[2,1,900]", "spark://h:7077", "yarn"])
def test_every_setting_of_ours_has_a_reason(master):
    """Each setting that a session gets from the harness is refused with a reason."""
    assert reserved(master).keys() == {*session_conf(master, "1g", Path()), "spark.jars"}
    assert all(RESERVED.values())


@pytest.mark.parametrize("name", format_names())
def test_settings_of_formats_are_refused(file, name):
    """What a format of the run sets itself can't be set."""
    conf = load_format(name).conf("")
    text = "spark:\n  conf:\n" + "".join(f"    {key}: x\n" for key in conf) + f"formats: [{name}]\n"

    assert len(faults(file(text))) == len(conf)


def test_settings_of_other_formats_are_free(file):
    """What only a format sets that is not in the run may be set, whoever chooses the formats."""
    text = "spark: {conf: {spark.serializer: org.apache.spark.serializer.KryoSerializer}}\n"

    assert load({"formats": "delta"}, file(text)).conf
    assert load({}, file(text + "formats: [delta]\n")).conf
    assert "the format hudi needs its own" in faults(file(text))[0]
    assert "the format hudi needs its own" in faults(file(text + "formats: [delta]\n"), {"formats": "hudi"})[0]


def test_number_of_cores(file):
    """A local master's parallelism is its number of cores; on a cluster it may be set."""
    text = "spark: {{master: '{}', conf: {{spark.sql.shuffle.partitions: 64}}}}\n"

    assert load({}, file(text.format("spark://h:7077"))).conf
    assert "change the master" in faults(file(text.format("local[8]")))[0]
    assert "change the master" in faults(file(text.format("spark://h:7077")), {"master": "local"})[0]


# What results keep of it


def test_recorded_without_file():
    """Without a file nothing is recorded of what only a file can say."""
    assert list(recorded(parse_config({}), None)) == [
        "suite", "formats", "inputs", "rounds", "warmup", "verify", "master", "driver_memory", "datasets",
    ]  # fmt: skip


def test_file_is_recorded_without_secrets(file):
    """What only the file says is recorded; values whose keys sound like secrets are not."""
    kept = recorded(load({}, file(EVERYTHING.replace("spark.hadoop.x", "spark.hadoop.fs.s3a.secret.key"))), None)

    assert kept["conf"] == {"spark.sql.adaptive.enabled": "false", "spark.hadoop.fs.s3a.secret.key": "(hidden)"}
    assert kept["variants"] == {"iceberg": ["cow", "mor"]} and kept["operations"] == ["convert"]
    assert kept["jars"] == {"iceberg": ["a.jar", "org.x:y_2.12:1.0+2"], "paimon": ["org.z:z:2"]}
    assert kept["catalogs"] == {"paimon": {"type": "filesystem"}}
    assert kept["datasets"][1] == {"name": "wide", "rows": 400, "seed": 42}
    assert kept["properties"] == {"iceberg": {"write.format.default": "orc", "n": "7"}}


def test_recorded_file_system():
    """Of a place that is not on this machine the kind of file system is recorded, and no more."""
    assert recorded(parse_config({"warehouse": "s3a://bucket/lake"}), None)["file_system"] == "s3a"
    assert "file_system" not in recorded(parse_config({"warehouse": "lake"}), None)


def test_recorded_own_data(file):
    """Own rows are recorded by what was found, not by a number and a seed that nobody used."""
    kept = recorded(load({}, file(OWN)), {"path": "*.csv", "rows": 1, "digest": "0f"})

    assert kept["inputs"] == ["csv"]
    assert kept["datasets"] == [{"path": "*.csv", "rows": 1, "digest": "0f"}]


# The JSON Schema


def test_schema_is_closed_and_described():
    """Every mapping of the schema is closed, every key is described, and every default is in it."""
    document = schema()
    models = [document, *document["$defs"].values()]

    assert all(model["additionalProperties"] is False for model in models)
    assert all("description" in key for model in models for key in model["properties"].values())
    assert document["properties"]["warmup"]["default"] == 1
    assert document["properties"]["formats"]["anyOf"][0]["uniqueItems"] is True
    assert "schema" in document["$defs"]["OwnSection"]["properties"]


def test_file_keys_win_over_its_suite(file):
    """A file's suite has its own defaults, over which the file's other keys win, and options over both."""
    path = file("suite: quick\nrounds: 4\n")
    found = load({"warmup": 1}, path)
    assert (found.suite, found.datasets[0].rows, found.rounds, found.warmup) == ("quick", 5_000, 4, 1)
    assert load({"suite": "default"}, path).datasets[0].rows == 20_000


def test_versions_of_formats():
    """A format in another version has those jars of the lock that carry its version, in the other one."""
    delta, avro = "io.delta:delta-{}:3.3.2", "org.apache.spark:spark-avro_2.12:3.5.8"
    given = load({"versions": "delta=3.3.2,avro=3.5.8"}, None)
    assert given.jars == {"delta": (delta.format("spark_2.12"), delta.format("storage")), "avro": (avro,)}


def test_versions_win_over_the_file(file):
    """The version that an option names is in place of the jars that the file gives the format; others stay."""
    path = file("formats: {iceberg: {jars: {replace: ['a:b:1']}}, paimon: {jars: ['org.z:z:2']}}\n")
    given = load({"versions": "iceberg=1.11.0"}, path)
    iceberg = ("org.apache.iceberg:iceberg-spark-runtime-3.5_2.12:1.11.0",)
    assert (given.jars, given.replaced) == ({"iceberg": iceberg, "paimon": ("org.z:z:2",)}, ())
    assert recorded(given, None)["jars"]["iceberg"] == list(iceberg)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"versions": "parquet=3.5.8"}, "parquet=3.5.8: spark-3.5 has no jars of parquet, but of avro, delta, "),
        ({"versions": "delta=3.3.2", "formats": "hudi"}, "--otf-versions: delta is none of the formats of the run."),
    ],
)
def test_versions_of_nothing(options, message):
    """A version is refused of what has no jars, and of what isn't run."""
    with pytest.raises((ConfigError, UsageError), match=re.escape(message)):
        load(options, None)
