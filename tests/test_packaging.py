"""What is installed: data files, entry points, the command; and what loading it does not load."""

import ast
import re
import subprocess
import sys
from importlib.metadata import entry_points, metadata, requires, version
from importlib.resources import files
from pathlib import Path

import pytest

import otfbench
from otfbench import errors
from otfbench.errors import OtfbenchError
from otfbench.formats.base import TableFormat
from otfbench.inputs.base import Input
from otfbench.spark.jars import profiles, tomllib
from tests.test_pages import headings

PROJECT = Path(__file__).parents[1]
REQUIREMENTS = {"spark-3.5": "requirements/test.txt", "spark-4.1": "requirements/spark-4.1.txt"}
FORMATS = ["delta", "hudi", "iceberg", "paimon", "parquet"]
INPUTS = ["avro", "csv", "csv-gz", "json", "json-gz", "json-multiline", "orc", "parquet", "xml"]

TEMPLATES = ["base.html", "charts.js", "history.html", "parts.html", "report.html", "style.css"]

IMPORT_ALL = """
import importlib, pkgutil, sys
import otfbench
for module in pkgutil.walk_packages(otfbench.__path__, "otfbench."):
    importlib.import_module(module.name)
print(*sorted(name for name in ("pyspark", "py4j") if name in sys.modules))
"""


def our_points(group: str) -> dict:
    """The entry points of a group that otfbench itself brings, by name."""
    return {point.name: point for point in entry_points(group=group) if point.value.startswith("otfbench.")}


def pins(profile):
    """The packages of a profile that PyPI has, each at exactly the release that its jars are for."""
    return {f"pyspark=={profile.spark}", f"delta-spark=={profile.packages['delta'].version}"}


def test_pinned_to_the_lock():
    """The dependencies, and the extra of its name, are those of the first profile."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    first = profiles()[0]
    assert pins(first) <= set(project["dependencies"])
    assert pins(first) == set(project["optional-dependencies"][first.name])


@pytest.mark.parametrize("profile", profiles(), ids=lambda profile: profile.name)
def test_pins_of_a_profile(profile):
    """A profile says which packages to install, and its environment has them, hashed."""
    requirements = (PROJECT / REQUIREMENTS[profile.name]).read_text()
    assert pins(profile) == set(profile.python)
    assert all(re.search(rf"^{re.escape(pin)} .*\\\n +--hash=sha256:", requirements, re.M) for pin in pins(profile))


def test_installed_as_pinned():
    """What is installed here is what a profile names."""
    assert {f"{name}=={version(name)}" for name in ("pyspark", "delta-spark")} in map(pins, profiles())


@pytest.mark.parametrize("name", ["py.typed", "jars.lock", *(f"report/html/templates/{name}" for name in TEMPLATES)])
def test_data_files(name):
    """What is no module is installed with the modules."""
    assert files("otfbench").joinpath(name).is_file()


def test_lock_is_not_empty():
    """The lock that is installed is the real one."""
    assert "sha256" in files("otfbench").joinpath("jars.lock").read_text()


def test_version_comes_from_metadata():
    """The package knows its version from its metadata; who cites it is given the same."""
    assert otfbench.__version__ == version("otfbench") and re.match(r"\d+\.\d+\.\d+", otfbench.__version__)
    assert f"\nversion: {otfbench.__version__}\n" in (PROJECT / "CITATION.cff").read_text()


def test_entry_points():
    """Exactly these formats and inputs are built in."""
    assert sorted(our_points("otfbench.formats")) == FORMATS and sorted(our_points("otfbench.inputs")) == INPUTS


@pytest.mark.parametrize("name", FORMATS)
def test_format_entry_point_has_its_name(name):
    """The entry point of a format leads to a format that calls itself the same."""
    loaded = our_points("otfbench.formats")[name].load()
    assert issubclass(loaded, TableFormat) and loaded().name == name


@pytest.mark.parametrize("name", INPUTS)
def test_input_entry_point_has_its_name(name):
    """The entry point of an input leads to an input that calls itself the same."""
    loaded = our_points("otfbench.inputs")[name].load()
    assert issubclass(loaded, Input) and loaded().name == name


def test_command_is_callable():
    """The command `otfbench` leads to something that can be called."""
    [command] = [point for point in entry_points(group="console_scripts") if point.name == "otfbench"]
    assert callable(command.load())


def test_no_spark_on_import():
    """Loading all but the contract suites loads neither pyspark nor py4j: reports run without Java."""
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stderr


DISTRIBUTIONS = {"yaml": "pyyaml", "vl_convert": "vl-convert-python", "delta": "delta-spark"}
"""Module -> the package that brings it, where names differ."""


def imported() -> set[str]:
    """The distributions that the package and the workloads import, without those of Python itself."""
    names = set()
    for path in (path for folder in ("otfbench", "benchmarks") for path in (PROJECT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                names |= {each.name.split(".")[0] for each in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    names -= set(sys.stdlib_module_names) | {"otfbench"}
    return {DISTRIBUTIONS.get(name, name).replace("_", "-") for name in names}


def test_imports_are_declared():
    """Whatever the package imports it requires by itself: not only because something else happens to require it."""
    declared = {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in requires("otfbench")}
    assert imported() - declared == set()


LINK = re.compile(r"\]\(([^)\s]+)\)")
CHECKOUT = re.compile(
    r"https://(?:github\.com|raw\.githubusercontent\.com)/otfbench/otfbench/(?:blob/)?main/([^#]+)(#.*)?"
)


def test_links_of_the_readme_work_on_an_index():
    """Each link is a whole address; those into the project name a file of it, and a heading of that file."""
    for address in LINK.findall((PROJECT / "README.md").read_text()):
        assert address.startswith("https://"), address
        if inside := CHECKOUT.fullmatch(address):
            page = PROJECT / inside[1]
            assert page.exists() and (inside[2] is None or inside[2][1:] in headings(page)), address


def test_addresses_are_of_one_project():
    """The package index shows the addresses that the README's links lead to."""
    shown = [line.split(", ")[1] for line in metadata("otfbench").get_all("Project-URL")]
    assert shown and all(line.startswith("https://github.com/otfbench/otfbench") for line in shown)


def test_modules_say_what_they_are():
    """Every module with any code in it begins with one line that says what it is."""
    for path in (path for path in files("otfbench").rglob("*.py") if path.read_text().strip()):
        first = (ast.get_docstring(ast.parse(path.read_text())) or "").split("\n")[0]
        assert first.endswith("."), path


# Errors


def classes() -> dict[str, type[OtfbenchError]]:
    """Every class of otfbench/errors.py, by name."""
    return {name: value for name, value in vars(errors).items() if _is_error(value)}


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, Exception)


def test_tree_names_every_error():
    """The tree in the module's docstring names every error class, and no others."""
    assert sorted(re.findall(r"\b\w+Error\b", errors.__doc__)) == sorted(classes())


@pytest.mark.parametrize("name", sorted(classes()))
def test_tree_is_the_inheritance(name):
    """An error stands in the tree below the class that it inherits from, and says what it means."""
    lines = errors.__doc__.splitlines()
    row = next(number for number, line in enumerate(lines) if re.search(rf"\b{name}\b", line))
    depth = re.search(r"\w+Error", lines[row]).start()
    above = [re.search(r"\w+Error", line) for line in lines[:row] if "Error" in line]
    parent = next((name[0] for name in reversed(above) if name.start() < depth), "Exception")
    assert classes()[name].__base__.__name__ == parent and classes()[name].__doc__
