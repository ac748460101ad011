"""How Sphinx builds these pages: `make docs`. Knows no page by name but the gallery, whose reports it makes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum, EnumMeta
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType
from typing import Any, get_args, get_origin

import pytest
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.ext.autodoc import ModuleLevelDocumenter
from sphinx.util.typing import stringify_annotation
from typing_extensions import get_type_hints, is_typeddict

import otfbench

project, author, release = "otfbench", "The otfbench developers", otfbench.__version__
html_title = f"otfbench {release}"
html_theme = "furo"
html_show_copyright = html_show_sphinx = html_copy_source = False
default_role = "literal"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.viewcode"]
myst_heading_anchors = 3
nitpicky = True
# Libraries, whose pages can't be asked while these are built: there may be no network.
nitpick_ignore_regex = [("py:.*", r"(?!otfbench\.).*")]

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
add_module_names = False
maximum_signature_line_length = 130


class FixtureDocumenter(ModuleLevelDocumenter):
    """A fixture as a test sees it: a name and the type of its value, not the fixtures that it asks for itself."""

    objtype, directivetype, priority = "fixture", "data", 100

    @classmethod
    def can_document_member(cls, member: Any, membername: str, isattr: bool, parent: Any) -> bool:
        return isinstance(member, type(pytest.fixture(lambda: None)))

    def import_object(self, raiseerror: bool = False) -> bool:
        imported = super().import_object(raiseerror)
        function = self.object._get_wrapped_function()
        self.object = getattr(function, "__func__", function)
        return imported

    def add_directive_header(self, sig: str) -> None:
        super().add_directive_header("")
        given = get_type_hints(self.object)["return"]
        if get_origin(given) is Iterator:
            [given] = get_args(given)
        self.add_line(f"   :type: {stringify_annotation(given, 'smart')}", self.get_sourcename())

    def document_members(self, all_members: bool = False) -> None:
        """A fixture has none."""


def signature(
    app: Sphinx, what: str, name: str, thing: Any, options: Any, arguments: str | None, given: str | None
) -> tuple[str | None, str | None]:
    """Without the fixtures that a contract suite's tests take, and what Python itself does for an enumeration."""
    if name.rpartition(".")[2].startswith("test_") or isinstance(thing, EnumMeta):
        return "", None
    return arguments and arguments.replace("<factory>", "..."), given


def skipped(app: Sphinx, what: str, name: str, member: Any, skip: bool, options: Any) -> bool | None:
    """Show the members of an enumeration also where their names say enough."""
    return False if isinstance(member, Enum) else None


def resolve_hints(module: ModuleType) -> None:
    """Import what a module imports for type checkers alone, and take pydantic's conditions off its types."""
    for node in ast.parse(Path(str(module.__file__)).read_text()).body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            exec(compile(ast.Module(node.body, []), str(module.__file__), "exec"), vars(module))
    for each in vars(module).values():
        if is_typeddict(each) and each.__module__ == module.__name__:
            each.__annotations__ = get_type_hints(each)


def make_reports(app: Sphinx, error: Exception | None) -> None:
    """The reports of the gallery: of each run file that it links to, beside it in the built pages."""
    gallery = Path(app.srcdir) / "gallery"
    for link in [] if error else re.findall(r"\]\((\S+\.json)\)", (gallery / "index.md").read_text()):
        page = Path(app.outdir) / "gallery" / f"{Path(link).stem}.html"
        page.unlink(missing_ok=True)
        command = [sys.executable, "-m", "otfbench", "report", str(gallery / link), "-o", str(page)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    for module in [import_module(each.name) for each in walk_packages(otfbench.__path__, "otfbench.")]:
        resolve_hints(module)
    app.add_lexer("mermaid", TextLexer)  # its pictures are drawn where the pages are read on GitHub
    app.add_autodocumenter(FixtureDocumenter)
    app.connect("autodoc-process-signature", signature)
    app.connect("autodoc-skip-member", skipped)
    app.connect("build-finished", make_reports)
