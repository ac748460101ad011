"""Commands that make a machine ready, and tell what is there: without Spark, in an empty folder."""

import json
import os
import subprocess
import sys
from importlib.metadata import EntryPoint, version
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from otfbench import cli, registry
from otfbench.commands import doctor
from otfbench.commands.output import Exit
from otfbench.config import docs as configdocs
from otfbench.config.load import load
from otfbench.config.options import parse_config
from otfbench.config.schema import schema
from otfbench.config.shown import effective
from otfbench.spark import jars, machine
from otfbench.units import format_size

FORMATS = ["delta", "hudi", "iceberg", "paimon", "parquet"]


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    """An empty folder to be in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(monkeypatch, capsys):
    """Runs `otfbench`: its exit code, and what it prints, to both."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["otfbench", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    return call


@pytest.mark.parametrize("name", [*(each.name or each.callback.__name__ for each in cli.app.registered_commands)])
def test_help_has_an_example(name):
    """The help of each command ends its text with an example of it."""
    told = CliRunner().invoke(cli.app, [name, "--help"])
    assert told.exit_code == Exit.FINE and f"Example: otfbench {name}" in told.output


# The YAML file


def test_init_writes_the_example_once(here, command):
    """The file is the example of the documentation; one that is there stays as it is."""
    assert command("init") == (
        Exit.FINE,
        "otfbench.yaml: every key with its default, as a comment: take the # away from lines that you change\n",
    )
    assert Path("otfbench.yaml").read_text() == configdocs.example()

    Path("otfbench.yaml").write_text("mine")
    assert command("init") == (Exit.USAGE, "otfbench: otfbench.yaml is there already: it is left as it is.\n")
    assert Path("otfbench.yaml").read_text() == "mine" and os.listdir() == ["otfbench.yaml"]


def test_check_tells_all_errors_at_once(command):
    """A file with nothing wrong is fine; of another all errors are told at once, with line and key."""
    Path("otfbench.yaml").write_text("rounds: 2\n")
    assert command("config", "check") == (Exit.FINE, "otfbench.yaml: nothing is wrong with it\n")
    assert json.loads(command("config", "check", "--json")[1]) == {"file": "otfbench.yaml", "errors": []}

    Path("other.yaml").write_text("rounds: 0\nspark:\n  mastr: local\n")
    code, told = command("config", "check", "other.yaml")
    assert code == Exit.USAGE and [line.split(": ")[:2] for line in told.splitlines()] == [
        ["otfbench", "other.yaml:1"],
        ["other.yaml:3", "spark.mastr"],
    ]
    code, told = command("config", "check", "other.yaml", "--json")
    assert code == Exit.USAGE and len(json.loads(told)["errors"]) == 2


def test_check_without_a_file(command):
    """A file that is not there is an error."""
    assert command("config", "check") == (
        Exit.USAGE,
        "otfbench: otfbench.yaml can't be read: No such file or directory.\n",
    )


def test_show_defaults(command):
    """Without a file the defaults are shown, as a file that says the same."""
    code, told = command("config", "show")
    Path("shown.yaml").write_text(told)
    assert code == Exit.FINE and load({}, Path("shown.yaml")) == parse_config({})
    assert json.loads(command("config", "show", "--json")[1]) == yaml.safe_load(told)


SAYING_ALL = """
spark: {master: "local[3]", driver_memory: 1g, conf: {spark.sql.ansi.enabled: true, spark.x.password: hunter2}}
formats: {parquet: {properties: {compression: zstd}, variants: [shipped]}, delta: {}}
suite: quick
operations: [convert]
datasets: {path: a.csv, options: {sep: ;}, schema: id int, key: [id]}
storage: {warehouse: lake, keep_tables: true}
"""


def test_show_what_a_file_says(command):
    """What is shown is a file that says the same again, paths from the root; but secrets are hidden."""
    Path("a.csv").write_text("id\n1\n")
    Path("otfbench.yaml").write_text(SAYING_ALL)
    code, told = command("config", "show")
    assert code == Exit.FINE and "hunter2" not in told and "spark.x.password: (hidden)" in told
    Path("shown.yaml").write_text(told)
    shown = load({}, Path("shown.yaml"))
    given = load({}, Path("otfbench.yaml"))
    assert effective(shown) == effective(given) and shown.user_data.path == str(Path("a.csv").absolute())
    changed = {"conf": given.conf | {"spark.x.password": "(hidden)"}, "user_data": shown.user_data}
    assert shown == given.model_copy(update=changed)


def test_schema_is_that_of_the_models(command):
    """The schema is that of the models."""
    code, told = command("config", "schema")
    assert (code, json.loads(told)) == (Exit.FINE, schema())


# What is installed


def test_each_format_has_its_version(command):
    """Each format with its version in the profile, and the versions of each profile."""
    code, told = command("formats", "--json")
    found = json.loads(told)
    locked = jars.profile_for(version("pyspark"))
    formats = {each["name"]: each for each in found["formats"]}
    assert code == Exit.FINE and list(formats) == sorted({*FORMATS, *registry.format_names()})
    assert {name: formats[name]["version"] for name in FORMATS} == {
        name: locked.packages[name].version if name in locked.packages else None for name in FORMATS
    }
    assert [each["name"] for each in found["formats"] if each["control"]] == ["parquet"]
    assert {"merge", "time travel"} <= set(formats["parquet"]["lacks"]) and formats["delta"]["lacks"] == []
    assert formats["iceberg"]["catalogs"] == ["hadoop", "jdbc"]
    [mine] = [each for each in found["profiles"] if each["in_use"]]
    assert (mine["profile"], mine["packages"]["delta"]) == (locked.name, locked.packages["delta"].version)

    code, told = command("formats")
    assert code == Exit.FINE and all(name in told for name in FORMATS) and f"{locked.name} (in use)" in told
    assert max(map(len, told.splitlines())) <= 100 and "\x1b" not in told


def test_inputs_are_listed_with_their_readers(command):
    """Each input, and what reads it."""
    code, told = command("inputs", "--json")
    found = {each["name"]: each for each in json.loads(told)["inputs"]}
    assert code == Exit.FINE and found["avro"]["version"] and found["csv"]["version"] is None
    assert found["orc"]["typed"] and not found["csv"]["typed"] and not found["csv"]["nested"]
    assert all(name in command("inputs")[1] for name in found)


@pytest.mark.parametrize("name", ["formats", "inputs"])
def test_broken_plugin(command, monkeypatch, name):
    """A plugin that can't be loaded is listed with its error, beside the others."""
    points = dict(registry.entry_points_of(f"otfbench.{name}"))
    points["broken"] = (EntryPoint("broken", "nowhere.at.all:It", f"otfbench.{name}"),)
    monkeypatch.setattr(registry, "entry_points_of", lambda group: points)
    code, told = command(name)
    assert code == Exit.FINE and "broken" in told and "parquet" in told
    [broken] = [each for each in json.loads(command(name, "--json")[1])[name] if "error" in each]
    assert broken["error"].endswith("(nowhere.at.all:It) can't be loaded: No module named 'nowhere'")


def test_other_spark(command, monkeypatch):
    """With a pyspark that no profile is for, formats are listed without versions."""
    monkeypatch.setattr("otfbench.registry.packages.version", lambda package: "2.4.0")
    found = json.loads(command("formats", "--json")[1])
    assert {each["version"] for each in found["formats"]} == {None}
    assert not any(each["in_use"] for each in found["profiles"])


# Doctor


def checked(**options):
    """What the doctor says, by name."""
    return {each.name: each for each in doctor.checks(parse_config(options), Path.cwd())}


def test_doctor_finds_nothing_to_do(command, monkeypatch):
    """Where nothing is to be done, each line is ok; nothing is left in the folder."""
    monkeypatch.setattr(machine, "load_per_core", lambda: 0.1)
    code, told = command("doctor")
    assert code == Exit.FINE and all(line.startswith("ok  ") for line in told.splitlines()) and os.listdir() == []
    names = ["Python", "Java", "pyspark", "memory", "cores", "load", "current folder", "temporary folder"]
    found = {each["name"]: each for each in json.loads(command("doctor", "--json")[1])}
    assert set(names) <= set(found) and all(each["ok"] for each in found.values())
    assert "jars folder" not in found  # all are there: nobody writes to it
    assert {name for name in found if name.startswith("jars of ")} == {
        f"jars of {name} {package.version}"
        for name, package in jars.profile_for(version("pyspark")).packages.items()
        if package.jars and not package.optional
    }


def test_doctor_says_what_to_do(command, monkeypatch):
    """What is missing or wrong is told with what to do, and is exit code 1."""
    monkeypatch.setenv("JAVA_HOME", "/nowhere")
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--master local")
    monkeypatch.setenv("SPARK_CONF_DIR", "/nowhere")
    monkeypatch.setattr(machine, "load_per_core", lambda: 3.0)
    code, told = command("doctor")
    assert code == Exit.FAILED
    for name in ("Java", "Spark", "this process", "load"):
        assert f"\n--  {name}: " in told
    assert "SPARK_CONF_DIR=/nowhere is no folder" in told
    assert "Install Java 17 or 21" in told and "Unset it" in told and "      end what else runs" in told


def test_doctor_on_another_pyspark(command, monkeypatch):
    """Another pyspark than a profile's is one line with what to do; the other checks go on."""
    for module in (doctor, registry.packages):
        monkeypatch.setattr(module, "version", lambda package: "3.5.8")
    code, told = command("doctor")
    assert code == Exit.FAILED and "\n--  pyspark: not as it must be\n      pyspark 3.5.8 is installed" in told
    assert "pip install pyspark==3.5.9 delta-spark==3.3.3" in told and "\nok  current folder: " in told


def test_doctor_on_jars(monkeypatch, tmp_path):
    """Missing jars are to be fetched, others than the lock's to be removed."""
    monkeypatch.setattr(jars, "cache_folder", lambda: tmp_path / "jars")
    avro = jars.profile_for(version("pyspark")).packages["avro"]
    name, [jar] = f"jars of avro {avro.version}", avro.jars
    assert (checked()[name].found, checked()[name].advice) == (
        f"{format_size(jar.bytes)} of them missing",
        "fetch them: otfbench fetch",
    )
    assert checked()["jars folder"].advice is None
    (tmp_path / "jars").mkdir()
    (tmp_path / "jars" / jar.file_name).write_text("other")
    assert "and fetch it again (otfbench fetch)" in checked()[name].advice


def test_doctor_on_the_machine(monkeypatch):
    """More tasks than cores, more heap than memory, and a folder without room or rights are told."""
    monkeypatch.setattr("psutil.virtual_memory", lambda: type("Memory", (), {"available": 10**9, "total": 10**10}))
    assert (
        checked()["memory"].advice.startswith("a JVM may take 2g")
        and not checked(driver_memory="900m")["memory"].advice
    )
    cores = machine.cores()
    assert (
        checked(master=f"local[{cores + 1}]")["cores"].advice and not checked(master=f"local[{cores}]")["cores"].advice
    )
    assert (
        doctor._folder("folder", Path("/proc/nowhere"), 0).advice
        == "/proc: No such file or directory. Make it writable."
    )
    assert doctor._folder("folder", Path("a/b").absolute(), 10**18).advice == "make room: 1000000 TB are needed"


def test_doctor_leaves_tables_alone(tmp_path):
    """A folder with tables that an earlier run has kept is only looked at."""
    (tmp_path / "lake" / "tables").mkdir(parents=True)
    (tmp_path / "lake" / "tables" / "kept").write_text("kept")
    (tmp_path / "lake" / ".otfbench").write_text("1\n")
    assert checked(warehouse=str(tmp_path / "lake"))["folder for tables"].advice is None
    assert (tmp_path / "lake" / "tables" / "kept").read_text() == "kept"
    assert checked(warehouse="hdfs://host:8020/lake")["folder for tables"] == doctor.Check(
        "folder for tables", "hdfs://host:8020/lake, tried by each run"
    )


# Start


HEAVY = ("pyspark", "py4j", "altair", "scipy", "numpy", "pandas", "pytest", "yaml")


@pytest.mark.parametrize("arguments", [["--help"], ["convert", "--help"], ["no-such-command"], ["config", "--help"]])
def test_help_loads_little(arguments):
    """Help and wrong commands load neither Spark nor anything else that takes its time."""
    code = f"""
import sys
from otfbench.cli import main
sys.argv = ["otfbench", *{arguments}]
try:
    main()
finally:
    print("loaded:", *sorted(set({HEAVY}) & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.splitlines()[-1] == "loaded:", done.stdout + done.stderr


@pytest.mark.parametrize("arguments", [["formats"], ["inputs"], ["config", "show"], ["doctor"], ["init"]])
def test_no_spark_is_loaded(here, arguments):
    """Commands that need no Spark load none."""
    code = f"""
import sys
from otfbench.cli import main
sys.argv = ["otfbench", *{arguments}]
try:
    main()
finally:
    print("loaded:", *sorted({{"pyspark", "py4j", "pandas"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.splitlines()[-1] == "loaded:", done.stdout + done.stderr
