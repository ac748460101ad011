"""Formats and inputs by name: the built-in ones, unknown ones, broken ones."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from otfbench import registry
from otfbench.errors import PluginError, UnknownNameError
from otfbench.formats.base import TableFormat
from otfbench.formats.parquet import Parquet
from otfbench.inputs.base import Input
from otfbench.registry import control, format_names, input_names, load_format, load_input

INPUTS = ["avro", "csv", "csv-gz", "json", "json-gz", "json-multiline", "orc", "parquet", "xml"]
BUILT_IN = {"format": ["delta", "hudi", "iceberg", "paimon", "parquet"], "input": INPUTS}
UNCACHED = registry.entry_points_of.__wrapped__  # it keeps what it read once; these tests change what there is


class Good(Input):
    """Nothing is wrong with it."""

    name = "good"


class Better(Input):
    """Nothing is wrong with it either."""

    name = "better"


class Misnamed(Input):
    """It calls itself what its entry point does not."""

    name = "other"


class Nameless(Input):
    """It forgot its name."""


class Demanding(Input):
    """It can't be instantiated without an argument."""

    name = "demanding"

    def __init__(self, wish: str) -> None:
        self.wish = wish


class Unfinished(TableFormat):
    """A format that lacks `replace`."""

    name = "unfinished"

    def conf(self, warehouse: str) -> dict[str, str]:
        """Nothing."""
        return {}


@pytest.fixture
def declare(monkeypatch):
    """declare((name, value), ...): these entry points, and no others, are installed, whatever they lead to."""

    def declare(*pairs):
        points = [EntryPoint(name, value, "any group") for name, value in pairs]
        monkeypatch.setattr(registry, "entry_points", lambda group: points)
        monkeypatch.setattr(registry, "entry_points_of", UNCACHED)

    return declare


@pytest.fixture
def install(monkeypatch, declare):
    """install(name=object, ...): these objects, and no others, are installed as plugins."""

    def install(**plugins):
        module = ModuleType("acme")
        vars(module).update(plugins)
        monkeypatch.setitem(sys.modules, "acme", module)
        declare(*((name, f"acme:{name}") for name in plugins))

    return install


def test_built_ins_are_listed_in_order():
    """The built-in formats and inputs are installed, and listed in order."""
    assert format_names() == sorted(format_names()) and set(BUILT_IN["format"]) <= set(format_names())
    assert input_names() == sorted(input_names()) and set(BUILT_IN["input"]) <= set(input_names())


@pytest.mark.parametrize("name", BUILT_IN["format"])
def test_load_format(name):
    """A built-in format is loaded by its name, and is complete."""
    loaded = load_format(name)
    assert isinstance(loaded, TableFormat) and loaded.name == name


@pytest.mark.parametrize("name", BUILT_IN["input"])
def test_load_input(name):
    """A built-in input is loaded by its name."""
    loaded = load_input(name)
    assert isinstance(loaded, Input) and loaded.name == name


def test_same_name_in_both_groups():
    """A format and an input may share a name: each is looked for among its own kind."""
    assert isinstance(load_format("parquet"), TableFormat) and isinstance(load_input("parquet"), Input)


def test_control_is_plain_files():
    """Of the built-in formats only the control is plain files."""
    assert [name for name in BUILT_IN["format"] if load_format(name).plain_files] == [control().name]


def test_names_are_sorted(install):
    """Names are in order, whatever the order of installation; with no plugin there are none."""
    install(good=Good, better=Better)
    assert input_names() == ["better", "good"]
    install()
    assert format_names() == input_names() == []


def test_no_control(install):
    """Without a control there is nothing to compare with: an error that says what to do."""
    install()
    with pytest.raises(UnknownNameError, match="Unknown table format 'parquet'"):
        control()


def test_third_party(install):
    """A plugin of another package comes through the same door."""
    install(good=Good)
    assert input_names() == ["good"] and isinstance(load_input("good"), Good)


@pytest.mark.parametrize(("load", "kind"), [(load_format, "table format"), (load_input, "input")])
def test_unknown_name_lists_the_installed(install, load, kind):
    """The error names an unknown name, its kind, and all that is installed, in order."""
    install(zebra=Good, aardvark=Good)
    with pytest.raises(UnknownNameError) as error:
        load("nothing-like-it")
    assert str(error.value) == f"Unknown {kind} 'nothing-like-it'. Installed: aardvark, zebra."


def test_slip_gets_the_nearest_name():
    """A name with a slip gets the nearest one as a suggestion."""
    with pytest.raises(
        UnknownNameError, match=r"^Unknown table format 'icebreg'\. Did you mean 'iceberg'\? Installed: "
    ):
        load_format("icebreg")


@pytest.mark.parametrize(
    ("value", "cause"), [("no_such_module:X", "No module named 'no_such_module'"), ("json:Nope", "no attribute 'Nope'")]
)
def test_not_importable(declare, value, cause):
    """The error names a plugin that can't be imported, where it should be, and why it fails."""
    declare(("lost", value))
    with pytest.raises(PluginError, match=rf"^The input 'lost' \({value}\) can't be loaded: .*{cause}"):
        load_input("lost")


@pytest.mark.parametrize("thing", [Good(), "text", len, Parquet, dict, None])
def test_not_an_input_class(install, thing):
    """What is no class of an input is no input: an instance, a function, a class of something else."""
    install(thing=thing)
    with pytest.raises(PluginError, match=r"^The input 'thing' \(acme:thing\) is no Input\.$"):
        load_input("thing")


def test_incomplete_format_is_refused_on_load(install):
    """A format that lacks a method is refused when it is loaded, not when the method is called."""
    install(unfinished=Unfinished)
    with pytest.raises(
        PluginError, match=r"'unfinished' \(acme:unfinished\) is no complete TableFormat: it lacks substitute_type\."
    ):
        load_format("unfinished")


@pytest.mark.parametrize(("plugin", "shown"), [(Misnamed, "'other'"), (Nameless, "None")])
def test_wrong_name(install, plugin, shown):
    """A plugin must call itself what its entry point calls it."""
    install(good=plugin)
    with pytest.raises(PluginError, match=rf"^The input 'good' \(acme:good\) calls itself {shown}: its name must be"):
        load_input("good")


def test_not_makeable(install):
    """The error names a plugin that can't be instantiated, with the reason."""
    install(demanding=Demanding)
    with pytest.raises(PluginError, match=r"^The input 'demanding' \(acme:demanding\) can't be instantiated: .*'wish'"):
        load_input("demanding")


def test_two_claim_a_name(declare):
    """Two packages that claim one name are both named; neither wins, and others can be used."""
    declare(("good", "acme:Good"), ("good", "emca:Good"), ("csv", "otfbench.inputs.csv:Csv"))
    with pytest.raises(PluginError, match=r"'good' \(acme:Good, emca:Good\) is brought by several packages"):
        load_input("good")
    assert input_names() == ["csv"]


def test_the_same_twice(declare):
    """One plugin that is installed twice (a checkout and its package) claims its name once."""
    declare(("csv", "otfbench.inputs.csv:Csv"), ("csv", "otfbench.inputs.csv:Csv"))
    assert input_names() == ["csv"]
