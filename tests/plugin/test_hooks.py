"""Options, parameters, order and refusals of the plugin, by pytest itself; no JVM is started."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import pytest

import otfbench.plugin.hooks  # noqa: F401  # pytester forgets what a run imports, and would load each class twice
from otfbench.registry import format_names, input_names

WORKLOADS = """
from otfbench.convert.write import convert, read_all

def test_convert(measure, source, table):
    measure(convert, source, table, expect=source.dataset)

def test_read_source(measure, source, spark):
    measure(read_all, source, spark, expect=source.dataset)
"""
FORMATS = {"delta", "hudi", "iceberg", "paimon", "parquet"}
INPUTS = {"avro", "csv", "csv-gz", "json", "json-gz", "json-multiline", "orc", "parquet", "xml"}
INSTALLED = ", ".join(sorted({*INPUTS, *input_names()}))
USAGE = pytest.ExitCode.USAGE_ERROR


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """A folder with workloads as those of the project."""
    pytester.makepyfile(test_workloads=WORKLOADS)
    return pytester


def run(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return suite.runpytest_inprocess("-p", "otfbench.plugin", "-p", "no:cacheprovider", *arguments)


def collected(suite: pytest.Pytester, *arguments: str) -> list[str]:
    lines = run(suite, "--collect-only", "-q", *arguments).outlines
    return [line.split("::")[1] for line in lines if "::" in line]


def shipped(cases: list[str]) -> list[str]:
    """The cases without those of formats and inputs that other packages have installed beside ours."""
    formats = tuple(f"[{name}-" for name in set(format_names()) - FORMATS)
    inputs = tuple(f"{before}{name}]" for name in set(input_names()) - INPUTS for before in "[-")
    return [case for case in cases if not any(each in case for each in formats) and not case.endswith(inputs)]


def test_every_pair_is_a_case(suite: pytest.Pytester) -> None:
    """Five contenders by nine inputs, and reading once per input; the default suite has no packings."""
    assert len(shipped(collected(suite, "--otf-suite", "full"))) == 5 * 9 + 9
    assert len(shipped(collected(suite))) == 5 * 6 + 6


def test_case_names(suite: pytest.Pytester) -> None:
    """A case is named by format and input; without a format, by input."""
    names = collected(suite, "--otf-formats", "delta", "--otf-inputs", "csv")

    assert sorted(names) == ["test_convert[delta-csv]", "test_read_source[csv]"]


def test_one_jvm_after_the_other(suite: pytest.Pytester) -> None:
    """Cases of one JVM stand together, the control first, and reading alone shares its JVM."""
    names = shipped(collected(suite, "--otf-inputs", "csv,json", "--otf-jvms", "apart"))

    order = [name.split("[")[1].split("-")[0].rstrip("]") for name in names]
    assert order[:4] == ["parquet", "parquet", "csv", "json"]
    assert order[4:] == ["delta", "delta", "hudi", "hudi", "iceberg", "iceberg", "paimon", "paimon"]


def test_formats_of_question_stand_together(suite: pytest.Pytester) -> None:
    """Where all JVMs are up, the formats of one question stand together, in another order for each operation."""
    more = {f"test_{name}": f"def test_{name}(measure, table): pass" for name in "abcdefgh"}
    suite.makepyfile(**more)
    together = ("--otf-jvms", "together", "--otf-driver-memory", "600m")
    names = shipped(collected(suite, "--otf-inputs", "csv,json", *together))

    def question(name: str) -> tuple[str, bool]:
        return name.split("[")[0], name.endswith("json]")

    rows = [[name.split("[")[1].rstrip("]") for name in group] for _, group in groupby(names, question)]
    assert len(rows) == len(set(map(question, names)))
    shuffled = [tuple(name.split("-")[0] for name in row) for row in rows if len(row) > 1]
    assert len(set(shuffled)) > 1 and set(map(frozenset, shuffled)) == {frozenset(FORMATS)}


def test_together_takes_memory(suite: pytest.Pytester) -> None:
    """Without memory for a JVM of each format they are apart, and whoever asks for more is told."""
    huge = ("--otf-inputs", "csv", "--otf-driver-memory", "900g")
    assert collected(suite, *huge) == collected(suite, *huge, "--otf-jvms", "apart")
    result = plainly(suite, "--collect-only", *huge, "--otf-jvms", "together")
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        ["ERROR: otfbench: --otf-jvms together: memory is free for 0 JVMs of 900g, *5 formats*"]
    )


def test_k_selects_by_format_and_input(suite: pytest.Pytester) -> None:
    """pytest's -k selects by format and input."""
    names = [f"test_convert[iceberg-{name}]" for name in ("csv", "csv-gz")]
    assert collected(suite, "-k", "iceberg and csv", "--otf-suite", "full") == names


def test_inference_only_where_it_is_needed(suite: pytest.Pytester) -> None:
    """Inputs that tell their types have no case of inference, nor has own data, unless its types are Spark's."""
    suite.makepyfile(
        test_infer="import pytest\n@pytest.mark.infers\ndef test_infer_schema(measure, source, spark): ..."
    )
    assert collected(suite, "-k", "infer") == [f"test_infer_schema[{name}]" for name in ("csv", "json", "xml")]
    (suite.path / "a.csv").write_text("a\n1\n")
    for more, names in (("infer: spark", ["test_infer_schema[csv]"]), ("schema: a int", []), ("infer: lossless", [])):
        (suite.path / "otfbench.yaml").write_text(f"datasets: {{path: a.csv, {more}}}\n")
        assert collected(suite, "-k", "infer") == names


def test_only_in_a_suite(suite: pytest.Pytester) -> None:
    """What belongs to a larger suite runs only there; the variants of a workload are those of the suite, too."""
    marked = "@only_in('full')\ndef test_all(record_fidelity, target): pass"
    merge = "@variants('cow', default=['mor'], full=['keyed'])\ndef test_merge(measure, table): pass"
    suite.makepyfile(test_marked=f"from otfbench.workloads import only_in, variants\n{marked}\n{merge}")
    found = {
        name: collected(suite, "test_marked.py", "--otf-formats", "hudi", "--otf-suite", name)
        for name in ("quick", "default", "full")
    }
    assert found["quick"] == ["test_merge[hudi]"]
    assert found["default"] == ["test_merge[hudi]", "test_merge[hudi-mor]"]
    assert found["full"] == ["test_all[hudi]", *found["default"], "test_merge[hudi-keyed]"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--otf-formats", "iceburg"],
            "Unknown table format 'iceburg'. Did you mean 'iceberg'? Installed: delta, hudi",
        ),
        (["--otf-inputs", "cvs"], "Unknown input 'cvs'. Did you mean 'csv'? Installed: " + INSTALLED),
        (["--otf-dataset", "event"], "--otf-dataset event: no dataset of that name. Did you mean 'events'?"),
        (["--otf-rows", "0"], "--otf-rows 0: must be"),
        (["--otf-rows", "-1"], "--otf-rows -1: must be"),
        (["--otf-rows", "many"], "--otf-rows many: must be a whole number"),
        (["-n", "2"], "leave out -n (pytest-xdist)"),
    ],
)
def test_wrong_options(suite: pytest.Pytester, arguments: list[str], told: str) -> None:
    """A wrong option is one clear screen and exit code 4."""
    result = run(suite, *arguments)

    assert result.ret == USAGE
    assert told in result.stderr.str() + result.stdout.str()
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


def test_all_wrong_options_at_once(suite: pytest.Pytester) -> None:
    """Each wrong option gets a line."""
    output = run(suite, "--otf-rows", "0", "--otf-rounds", "x", "--otf-verify", "maybe").stderr.str()

    assert all(option in output for option in ("--otf-rows 0", "--otf-rounds x", "--otf-verify maybe"))


def test_file_in_the_root_folder(suite: pytest.Pytester) -> None:
    """otfbench.yaml in pytest's root folder is read; options win over it."""
    (suite.path / "otfbench.yaml").write_text("formats: {delta: {properties: {a: b}}}\ninputs: [csv]\n")

    assert sorted(collected(suite)) == ["test_convert[delta-csv]", "test_read_source[csv]"]
    assert sorted(collected(suite, "--otf-inputs", "json")) == ["test_convert[delta-json]", "test_read_source[json]"]


def test_named_file(suite: pytest.Pytester) -> None:
    """--otf-config names another file; own data is one input, its format."""
    (suite.path / "otfbench.yaml").write_text("formats: [hudi]\n")
    (suite.path / "a.json").write_text("{}\n")
    (suite.path / "my.yaml").write_text("datasets: {path: a.json, format: json}\nformats: [delta]\n")

    names = collected(suite, "--otf-config", "my.yaml")
    assert sorted(names) == ["test_convert[delta-json]", "test_read_source[json]"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("roundz: 3\n", "otfbench.yaml:1: roundz: no such key. Did you mean 'rounds'?"),
        ("a: [\n", "otfbench.yaml:2: no YAML (column 1)"),
        ("", "otfbench.yaml is empty"),
        ("datasets: {path: nothing.csv, format: csv}\n", "datasets.path nothing.csv: there is no such file or folder"),
    ],
)
def test_wrong_file(suite: pytest.Pytester, text: str, told: str) -> None:
    """A wrong file is one clear screen and exit code 4, and nothing is left behind."""
    (suite.path / "otfbench.yaml").write_text(text)
    before = set(suite.path.iterdir())

    result = run(suite)
    assert result.ret == USAGE
    assert told in result.stderr.str()
    assert "Traceback" not in result.stderr.str() + result.stdout.str()
    theirs = {suite.path / "__pycache__", suite.path / ".benchmarks"}  # of pytest and pytest-benchmark
    assert set(suite.path.iterdir()) - theirs == before


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "base.json can't be read as a baseline: No such file or directory."),
        ("{", "base.json can't be read as a baseline: it is no JSON, or was cut off"),
        ('{"benchmarks": []}', "it is a run file"),
    ],
)
def test_unreadable_baseline(suite: pytest.Pytester, content: str | None, told: str) -> None:
    """A baseline that can't be read is exit code 4, before anything is started."""
    if content is not None:
        (suite.path / "base.json").write_text(content)

    result = run(suite, "--otf-gate", "base.json")
    assert result.ret == USAGE and told in result.stderr.str()
    assert "Java" not in result.stdout.str()


def test_expired_exception(suite: pytest.Pytester) -> None:
    """An exception that has expired is exit code 4, before anything is started; without a gate it means nothing."""
    entry = "{case: a, reason: b, until: 2020-01-31}"
    (suite.path / "otfbench.yaml").write_text(f"inputs: [csv]\nformats: [delta]\ngate: {{exceptions: [{entry}]}}\n")

    result = run(suite, "--otf-gate", "base.json")
    assert result.ret == USAGE and "gate.exceptions[0] (a) has expired on 2020-01-31 (b)" in result.stderr.str()
    assert len(collected(suite)) == 2


def test_operations_choose_workloads_by_name(suite: pytest.Pytester) -> None:
    """`operations` chooses workloads by their names; the others are deselected, tests that are none are not."""
    suite.makepyfile(test_other="def test_one(): pass")
    (suite.path / "otfbench.yaml").write_text("operations: [read_source]\ninputs: [csv]\n")

    assert sorted(collected(suite)) == ["test_one", "test_read_source[csv]"]
    assert f"{len({*FORMATS, *format_names()})} deselected" in run(suite, "--collect-only", "-q").stdout.str()


def test_unknown_operation(suite: pytest.Pytester) -> None:
    """An operation that nobody collects is an error that lists those there are; nothing is started."""
    (suite.path / "otfbench.yaml").write_text("operations: [convert, read_sauce]\n")

    result = run(suite)
    told = "no operation 'read_sauce' was collected. Did you mean 'read_source'? There are: convert, read_source."
    assert result.ret == USAGE and told in result.stderr.str() + result.stdout.str()
    assert "Java" not in result.stdout.str()


def plainly(suite: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """pytest without any option of ours: the installed plugin is found by its entry point."""
    return suite.runpytest_subprocess("-p", "no:cacheprovider", *arguments)


def test_installed_plugin_is_found(suite: pytest.Pytester) -> None:
    """Plain `pytest` collects workloads, with options and without."""
    cases = [line for line in plainly(suite, "--collect-only", "-q").outlines if "::" in line]
    assert len(shipped(cases)) == 36
    chosen = plainly(suite, "--collect-only", "-q", "--otf-formats", "delta", "--otf-inputs", "csv").outlines
    assert sorted(line.split("::")[1] for line in chosen if "::" in line) == [
        "test_convert[delta-csv]",
        "test_read_source[csv]",
    ]


def test_installed_plugin_reads_the_file(suite: pytest.Pytester) -> None:
    """A wrong otfbench.yaml is exit code 4 and one screen, also where no option has loaded the hooks early."""
    (suite.path / "otfbench.yaml").write_text("roundz: 3\n")

    result = plainly(suite)
    assert result.ret == USAGE and "Did you mean 'rounds'?" in result.stderr.str()
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


LOADED = """
import sys

def test_loaded():
    names = ("pyspark", "py4j", "pydantic", "otfbench.plugin.hooks")
    assert [name for name in names if name in sys.modules] == []
"""


def test_installed_plugin_is_free(pytester: pytest.Pytester) -> None:
    """Where no workload is collected nothing is loaded and nothing is said, with an otfbench.yaml or without."""
    pytester.makepyfile(LOADED)
    (pytester.path / "otfbench.yaml").write_text("roundz: 3\n")

    result = plainly(pytester)
    assert result.ret == 0, result.stdout.str()
    assert "otfbench" not in "".join(line for line in result.outlines if not line.startswith(("plugins:", "rootdir:")))


def test_a_table_of_the_users(suite: pytest.Pytester) -> None:
    """Operations on it run once, with its format alone; what reads files or makes new tables is left out, and told."""
    log = suite.mkdir("mine") / "_delta_log"
    log.mkdir()
    (log / "00000000000000000000.json").write_text("{}")
    (suite.path / "otfbench.yaml").write_text("datasets: {path: mine, format: delta}\n")
    suite.makepyfile(test_more="""
        from otfbench.workloads import variants

        @variants("cow", default=["mor"])
        def test_compact(measure, aged): ...

        def test_make(measure, dataset, partitioned_target): ...
        """)
    lines = run(suite, "--collect-only", "-q").outlines
    assert [line for line in lines if "::" in line] == ["test_more.py::test_compact[delta]"]
    assert "otfbench: left out, for they read files or make new tables: convert, make, read_source" in lines


def test_fixture_of_a_format(pytester: pytest.Pytester) -> None:
    """A workload that asks for a format's own fixture runs with that format alone; with none if that isn't chosen."""
    pytester.makepyfile("def test_mine(measure, source, delta, iceberg): ...\ndef test_one(measure, source, hudi): ...")
    apart = ("--otf-inputs", "csv", "--otf-jvms", "apart")
    chosen = (*apart, "--otf-formats", "delta,iceberg,paimon")
    assert collected(pytester, *apart) == [f"test_{name}-csv]" for name in ("mine[delta", "one[hudi", "mine[iceberg")]
    assert collected(pytester, *chosen)[-2:] == ["test_mine[delta-csv]", "test_mine[iceberg-csv]"]


def test_fixture_that_measures(pytester: pytest.Pytester) -> None:
    """A fixture of the user's own that measures, in a conftest.py, makes workloads of the tests that ask for it."""
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef convert(measure, source, table): ...")
    pytester.makepyfile("def test_mine(convert): ...")

    cases = [line for line in plainly(pytester, "--collect-only", "-q").outlines if "::" in line]
    assert len(shipped(cases)) == 30


def test_xdist_without_workloads(pytester: pytest.Pytester) -> None:
    """Tests that are no cases may use pytest-xdist, even if they hold the text of a workload."""
    pytester.makepyfile("text = '''\ndef test_two(measure): pass\n'''\ndef test_one(): pass")

    assert run(pytester, "-n", "1").ret == 0


def test_no_java(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a Java nothing starts, and nothing is left behind."""
    monkeypatch.setenv("JAVA_HOME", "/nowhere")

    result = run(suite)
    assert result.ret == USAGE
    assert "No Java that Spark runs on: 17 or 21 is needed." in result.stderr.str()


@pytest.mark.parametrize(
    ("name", "advice"),
    [("PYSPARK_SUBMIT_ARGS", "Unset it"), ("PYSPARK_GATEWAY_PORT", "otfbench run --per-format 'spark-submit {}'")],
)
def test_foreign_jvm(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, name: str, advice: str) -> None:
    """A JVM that isn't ours to start can't be that of several formats."""
    monkeypatch.setenv(name, "1")

    result = run(suite)
    assert result.ret == USAGE and advice in result.stderr.str()


def test_wrong_pyspark(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pyspark without a profile is refused, another release of its line too, and told which one to install."""
    monkeypatch.setattr("otfbench.registry.packages.version", lambda package: "3.5.8")

    result = run(suite)
    assert result.ret == USAGE
    assert "pyspark 3.5.8 is installed" in result.stderr.str()
    assert "Install pyspark 3.5.9: pip install pyspark==3.5.9 delta-spark==3.3.3" in result.stderr.str()


def test_foreign_warehouse(suite: pytest.Pytester, tmp_path: Path) -> None:
    """A folder that holds something else is refused, and left as it was."""
    (tmp_path / "precious.txt").write_text("mine")

    result = run(suite, "--otf-warehouse", str(tmp_path))
    assert result.ret == USAGE
    assert "precious.txt" in result.stderr.str()
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_nothing_to_resume(suite: pytest.Pytester) -> None:
    """--otf-resume without a killed run says so, before a Java is looked for or a jar is fetched."""
    result = run(suite, "--otf-resume")

    assert result.ret == USAGE and "Java" not in result.stdout.str()
    assert "There is no run to go on with" in result.stderr.str()


def test_help_lists_every_option(suite: pytest.Pytester) -> None:
    """pytest --help tells each option and its default."""
    output = run(suite, "--help").stdout.str()

    for option in (
        "dataset",
        "rows",
        "rounds",
        "warmup",
        "formats",
        "inputs",
        "seed",
        "verify",
        "master",
        "driver-memory",
    ):
        assert f"--otf-{option}=" in output
    assert all(flag in output for flag in ("--otf-config=", "--otf-warehouse=", "--otf-keep-tables", "--otf-resume"))
