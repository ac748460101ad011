"""Plugins of other packages, planted as pip would install them: what is wrong with one stops nobody else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import otfbench.plugin.hooks  # noqa: F401  # pytester forgets what a run imports, and would load each class twice
from otfbench import registry
from otfbench.errors import DatasetError, PluginError
from otfbench.registry import broken_plugins, control, format_names, input_names, load_format, load_input
from otfbench.registry.detection import detect, detect_table
from otfbench.registry.packages import profile

FORMAT = """
import re
from otfbench.formats.base import TableFormat

class Lake(TableFormat):
    name = "lake"
    metadata = re.compile("^_")

    def conf(self, warehouse):
        return {{"spark.sql.warehouse.dir": warehouse}}

    def substitute_type(self, dtype):
        return None

{more}
"""
INPUT = """
from pathlib import Path
from otfbench.inputs.base import Input

class Lines(Input):
    name = "lines"

{more}
"""
WORKLOAD = "def test_convert(measure, source, target): ...\n"
Plant = Callable[..., Path]


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Plant]:
    """plant(code, formats={name: class}, inputs=...): installs a package, acme 1.2, of one module."""
    folder = tmp_path / "site"
    monkeypatch.setattr(registry, "_raised", {})

    def planted(code: str, formats: dict[str, str] | None = None, inputs: dict[str, str] | None = None) -> Path:
        info = folder / "acme-1.2.dist-info"
        info.mkdir(parents=True)
        (folder / "acme.py").write_text(code)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.2\n")
        lines = ["[otfbench.formats]", *(f"{name} = acme:{each}" for name, each in (formats or {}).items())]
        lines += ["[otfbench.inputs]", *(f"{name} = acme:{each}" for name, each in (inputs or {}).items())]
        (info / "entry_points.txt").write_text("\n".join(lines))
        monkeypatch.syspath_prepend(folder)
        registry.entry_points_of.cache_clear()
        return folder

    yield planted
    registry.entry_points_of.cache_clear()
    sys.modules.pop("acme", None)


def lake(plant: Plant, *more: str) -> Path:
    """Install a format with these further lines in its class."""
    return plant(FORMAT.format(more="\n".join(f"    {line}" for line in more)), formats={"lake": "Lake"})


def lines(plant: Plant, *more: str) -> Path:
    """Install an input with these further lines in its class."""
    return plant(INPUT.format(more="\n".join(f"    {line}" for line in more)), inputs={"lines": "Lines"})


def built_in(names: list[str]) -> set[str]:
    return set(names) - {"lake", "lines"}


# Broken ones


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        (
            ["contract = 2"],
            "was written for contract 2, and otfbench 0.2.0 keeps contract 1: install a release of otfb",
        ),
        (
            ["contract = 0"],
            "was written for contract 0, .* keeps contract 1: install a release of the plugin that fits",
        ),
        (["tolerances = {'live_bytes': 1.5, 'jobs': 0.1}"], "no share of bytes, from 0 to below 1: live_bytes, jobs"),
        (["metadata = '^_'"], "has no `metadata`: a compiled regular expression"),
        (["capabilities = frozenset({'merge'})"], "has capabilities that are no Capability: 'merge'"),
        (["variants = {}"], "has no variant `shipped`: none at all"),
        (["def conf(self, warehouse): return 1 / 0"], "raises in conf: ZeroDivisionError: division by zero"),
        (
            ["def conf(self, warehouse): return {'a': True}"],
            "has a conf that is no mapping of text to text: {'a': True}",
        ),
        (["def __init__(self): raise OSError('no licence')"], "OSError: no licence"),
        (["lock = __import__('pathlib').Path('absent.lock')"], "brings a lock file that can't be read: absent.lock"),
    ],
)
def test_format_that_breaks_the_contract(plant: Plant, more: list[str], fault: str) -> None:
    """It is named with what is wrong, left out of what doesn't ask for it, and an error where it is asked for."""
    others = format_names()
    lake(plant, *more)
    assert format_names() == [name for name in others if name != "lake"]
    with pytest.raises(PluginError, match=rf"^The table format 'lake' \(acme:Lake\) .*{fault}"):
        load_format("lake")
    assert any("'lake'" in each for each in broken_plugins())


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        (["before = 'csv'"], "has text as `before`, not a tuple of names: 'csv'"),
        (["lock = Path('x')"], "brings a lock file, but no `package` says which of it is needed"),
        (["contract = 7"], "was written for contract 7"),
    ],
)
def test_input_that_breaks_the_contract(plant: Plant, more: list[str], fault: str) -> None:
    """The same of an input."""
    lines(plant, *more)
    assert "lines" not in input_names()
    with pytest.raises(PluginError, match=fault):
        load_input("lines")


def test_module_that_raises(plant: Plant) -> None:
    """A plugin whose module can't be imported takes no other with it."""
    plant("raise RuntimeError('no native library')", formats={"lake": "Lake"}, inputs={"lines": "Lines"})
    assert built_in(format_names()) >= {"delta", "parquet"} and "csv" in input_names() and control().name == "parquet"
    assert [each for each in broken_plugins() if "acme" in each] == [
        "The table format 'lake' (acme:Lake) can't be loaded: RuntimeError: no native library",
        "The input 'lines' (acme:Lines) can't be loaded: RuntimeError: no native library",
    ]


def test_sniff_that_raises(plant: Plant, tmp_path: Path) -> None:
    """An input that raises when it is asked about a file doesn't claim it, and is reported; the others are asked."""
    lines(plant, "def sniff(self, path): return {}[path]")
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    assert detect(str(tmp_path / "a.csv")).name == "csv"
    assert f"The input 'lines' failed to inspect {tmp_path / 'a.csv'}: KeyError" in broken_plugins()[-1]


@pytest.mark.parametrize("more", ["def is_table(self, folder): return 1 / 0", "marker = '/absolute/*'"])
def test_is_table_that_raises(plant: Plant, tmp_path: Path, more: str) -> None:
    """A format that raises when it is asked about a folder doesn't claim it, and is reported."""
    lake(plant, more)
    assert detect_table(tmp_path) is None
    assert f"The table format 'lake' failed to inspect {tmp_path}: " in broken_plugins()[-1]


def test_file_that_cannot_be_read(plant: Plant, tmp_path: Path) -> None:
    """A file that isn't there is no plugin's fault."""
    before = broken_plugins()
    with pytest.raises(FileNotFoundError):
        detect(str(tmp_path / "absent"))
    assert broken_plugins() == before


# In a run


def run(pytester: pytest.Pytester, *arguments: str, workload: str = WORKLOAD) -> pytest.RunResult:
    pytester.makepyfile(test_workloads=workload)
    return pytester.runpytest_inprocess("-p", "otfbench.plugin", "-p", "no:cacheprovider", *arguments)


def test_run_goes_on_without_a_broken_format(plant: Plant, pytester: pytest.Pytester) -> None:
    """Where it isn't asked for, there is no case of it, and the others are all there."""
    lake(plant, "contract = 2")
    out = run(pytester, "--collect-only", "-q").stdout.str()
    assert "lake" not in out and "test_convert[parquet-csv]" in out


def test_run_begins_with_a_warning(plant: Plant, pytester: pytest.Pytester) -> None:
    """Before its first case a run says which plugin it leaves out, and why; the cases of others have their turn."""
    more = "    lock = __import__('pathlib').Path(__file__).with_name('jars.lock')"
    folder = plant(FORMAT.format(more=more), formats={"lake": "Lake"}, inputs={"lines": "Lines"})
    (folder / "jars.lock").write_text(LOCK.format(line="spark-9.9", name="lake"))  # no JVM: its case is unsupported
    result = run(
        pytester, "--otf-formats", "lake", "--otf-warmup", "0", workload="def test_append(measure, table): ..."
    )
    output = result.stdout.str()

    result.assert_outcomes(skipped=1)
    warning = "warning: left out: The input 'lines' (acme:Lines) can't be loaded: AttributeError: "
    assert 0 < output.find(warning) < output.find("test_append[lake]")


@pytest.mark.parametrize("named_by", ["option", "file"])
def test_broken_format_by_name(plant: Plant, pytester: pytest.Pytester, named_by: str) -> None:
    """Asked for by name it is an error with the plugin's own cause, without a traceback."""
    lake(plant, "def conf(self, warehouse): raise OSError('no licence')")
    if named_by == "file":
        (pytester.path / "otfbench.yaml").write_text("formats: [lake]\n")
    result = run(pytester, *(["--otf-formats", "lake"] if named_by == "option" else []))
    screen = result.stderr.str()
    assert result.ret == pytest.ExitCode.USAGE_ERROR and "Traceback" not in screen and len(screen.splitlines()) < 10
    assert "The table format 'lake' (acme:Lake) raises in conf: OSError: no licence" in screen


# Plain files, and inputs that specialise others


def test_plain_files_beside_the_control(plant: Plant, tmp_path: Path) -> None:
    """A plugin for plain files is not the control, and a folder that is a table of it counts as files."""
    from otfbench.data.discovery import UserData, find_paths

    lake(plant, "plain_files = True", "def is_table(self, folder): return True")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("a\n1\n")
    assert control().name == "parquet" and detect_table(tmp_path / "data").name == "lake"
    assert find_paths(UserData(path="data", folder=tmp_path, format="")) == [str(tmp_path / "data")]


def test_table_formats_are_asked_before_plain_files(plant: Plant, tmp_path: Path) -> None:
    """A folder that is a table is no plain files, whoever claims it."""
    lake(plant, "plain_files = True", "def is_table(self, folder): return True")
    (tmp_path / "_delta_log").mkdir()
    (tmp_path / "_delta_log" / "0.json").write_text("{}")
    assert detect_table(tmp_path).name == "delta"


@pytest.mark.parametrize(("before", "kind"), [("before = ('csv',)", "lines"), ("before = ()", None)])
def test_special_input_before_a_general_one(plant: Plant, tmp_path: Path, before: str, kind: str | None) -> None:
    """A file that two inputs know belongs to the one that names the other in `before`; else the user must choose."""
    lines(plant, before, "def sniff(self, path): return True")
    (tmp_path / "a").write_text("a,b\n1,2\n")
    if kind:
        assert detect(str(tmp_path / "a")).name == kind
    else:
        with pytest.raises(DatasetError, match=r"may be any of csv, lines: say what it is, by datasets\.format"):
            detect(str(tmp_path / "a"))


# Jars


LOCK = """
[profiles."{line}".packages.{name}]
version = "9.8"
jars = [{{ group = "org.acme", artifact = "lake", version = "9.8", bytes = 12, sha256 = "ab" }}]
"""


def test_format_without_jars(plant: Plant) -> None:
    """A format that brings no lock file needs no jars: its version is that of the package that brings it."""
    lake(plant)
    package = profile().packages["lake"]
    assert (package.version, package.jars) == ("1.2", ())


def test_format_with_jars(plant: Plant) -> None:
    """The lock file of a plugin is merged with ours, for each Spark line that it has."""
    folder = lake(plant, "lock = __import__('pathlib').Path(__file__).with_name('jars.lock')")
    (folder / "jars.lock").write_text(LOCK.format(line=profile().name, name="lake"))
    [jar] = profile().packages["lake"].jars
    assert (profile().packages["lake"].version, jar.coordinate) == ("9.8", "org.acme:lake:9.8")
    assert profile().packages.keys() > {"lake", "delta"}


def test_format_with_jars_for_another_spark(plant: Plant) -> None:
    """A format whose lock file doesn't have this Spark line has no version here: its cases are unsupported."""
    folder = lake(plant, "lock = __import__('pathlib').Path(__file__).with_name('jars.lock')")
    (folder / "jars.lock").write_text(LOCK.format(line="spark-9.9", name="lake"))
    assert "lake" in format_names() and "lake" not in profile().packages


def test_input_with_jars(plant: Plant) -> None:
    """An input brings its package in the same way."""
    folder = lines(plant, "package = 'lines'", "lock = Path(__file__).with_name('jars.lock')")
    (folder / "jars.lock").write_text(LOCK.format(line=profile().name, name="lines"))
    assert profile().packages["lines"].version == "9.8"


def test_jars_of_others(plant: Plant) -> None:
    """A plugin can't bring jars for another format."""
    folder = lake(plant, "lock = __import__('pathlib').Path(__file__).with_name('jars.lock')")
    (folder / "jars.lock").write_text(LOCK.format(line=profile().name, name="delta"))
    with pytest.raises(PluginError, match="brings jars for delta: a lock file may only have the plugin's"):
        load_format("lake")
