"""The lock, the profile for the installed pyspark, and jars that are fetched and checked. A shell script plays Ivy."""

import hashlib
import re
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

from otfbench.errors import JarError, ProfileError
from otfbench.spark import jars
from otfbench.spark.jars import (
    Jar,
    Package,
    Profile,
    check_file,
    fetch,
    missing,
    profile_for,
    profiles,
    user_jar_files,
)
from otfbench.spark.java import Java
from otfbench.spark.replaced_jars import SESSION, replaced_jars, with_user_jars

LOCKED = [jar for profile in profiles() for jar in profile.jars]

# It does what Ivy does with our options: puts the file at -retrieve's pattern, or says on stdout why it can't.
IVY = """#!/bin/sh
echo "$@" >> '{home}/calls'
while [ $# -gt 0 ]; do
    case "$1" in
        -dependency) artifact=$3 revision=$4 ;;
        -retrieve) target=$(dirname "$2") ;;
    esac
    shift
done
mkdir -p "$target"
cp "{home}/repository/$artifact-$revision.jar" "$target/" 2>/dev/null || {{ cat '{home}/says'; exit 1; }}
"""
LOCK = """
[profiles."spark-3.5"]
spark = "3.5.9"
scala = "2.12"
python = ["pyspark==3.5.9"]
packages = {{}}
[profiles."spark-4.1"]
spark = "4.1.4"
scala = "2.13"
python = ["pyspark==4.1.4"]
packages.acme.version = "2.0"
packages.acme.jars = [{{ group = "acme", artifact = "one", version = "1.0", bytes = 0, sha256 = "{sha256}" }}]
"""
NOT_FOUND = """:::: WARNINGS
\t\tmodule not found: acme#one;1.0
\t\t:: acme#one;1.0: not found
"""
NO_ANSWER = NOT_FOUND + """
:::: ERRORS
\tServer access error at url http://127.0.0.1:9/maven2/acme/one.pom (java.net.ConnectException: Connection refused)

:: USE VERBOSE OR DEBUG MESSAGE LEVEL FOR MORE DETAILS
"""


def jar_of(content: bytes, artifact: str = "one") -> Jar:
    """A jar as the lock has it whose file holds these bytes."""
    sha256 = hashlib.sha256(content).hexdigest()
    return Jar(group="acme", artifact=artifact, version="1.0", bytes=len(content), sha256=sha256)


class Ivy:
    """A `java` that runs our script, with a repository to put files into."""

    def __init__(self, home: Path) -> None:
        self.home, self.repository, self.folder = home, home / "repository", home / "cache" / "jars"
        self.java = Java(home, "17.0.0", "a test")
        self.repository.mkdir()
        self.java.executable.parent.mkdir()
        self.java.executable.write_text(IVY.format(home=home))
        self.java.executable.chmod(0o755)
        self.says("")

    def says(self, text: str) -> None:
        """What it prints when it has no such file."""
        (self.home / "says").write_text(text)

    def offers(self, *contents: bytes) -> list[Jar]:
        """Put files into the repository, named `one`, `two`, ...; return their jars."""
        jars = [jar_of(content, name) for name, content in zip(("one", "two", "three"), contents, strict=False)]
        for jar, content in zip(jars, contents, strict=True):
            (self.repository / jar.file_name).write_bytes(content)
        return jars

    @property
    def calls(self) -> list[str]:
        """The command lines so far."""
        path = self.home / "calls"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def fetched(self) -> list[str]:
        """What is in the cache folder, hidden files too."""
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def two_lines(tmp_path):
    """A lock with profiles for two lines of Spark."""
    lock = tmp_path / "jars.lock"
    lock.write_text(LOCK.format(sha256=jar_of(b"").sha256))
    return lock


@pytest.fixture
def ivy(tmp_path, monkeypatch):
    """An Ivy without a network; no certificates of the machine play a part."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    return Ivy(tmp_path)


# The lock


@pytest.mark.parametrize("jar", LOCKED, ids=lambda jar: jar.coordinate)
def test_locked_jar_has_digest_and_size(jar):
    """Each jar of the lock has a SHA-256 of 64 hex digits and a size."""
    assert re.fullmatch("[0-9a-f]{64}", jar.sha256) and jar.bytes > 0


def test_lock_names_each_file_once():
    """No two jars of a profile share a file name: they lie in one folder."""
    for profile in profiles():
        assert len({jar.file_name for jar in profile.jars}) == len(profile.jars)


def test_profile_names():
    """A profile is named after its Spark line, and its jars are built for its Scala."""
    for profile in profiles():
        assert profile.spark.startswith(profile.name.removeprefix("spark-") + ".")
        scala = {suffix[1] for jar in profile.jars if (suffix := re.search(r"_(2\.\d+)$", jar.artifact))}
        assert scala == {profile.scala}


def test_jar_names():
    """A jar's coordinate is Maven's, its file name is the artifact and the version."""
    assert (jar_of(b"").coordinate, jar_of(b"").file_name) == ("acme:one:1.0", "one-1.0.jar")


def test_profile_for_what_is_installed():
    """The pyspark that we are installed with has a profile."""
    assert profile_for(version("pyspark")).spark == version("pyspark")


def test_profile_of_a_line(two_lines):
    """Each of several profiles is chosen by the pyspark that it names, with its packages and their jars."""
    assert [profile_for(spark, two_lines).name for spark in ("3.5.9", "4.1.4")] == ["spark-3.5", "spark-4.1"]
    assert profile_for("4.1.4", two_lines).packages["acme"].version == "2.0"
    assert profile_for("4.1.4", two_lines).jars == (jar_of(b""),)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("3.5.8", "3.5.9"),
        ("3.5.10", "3.5.9"),
        ("4.1.2", "4.1.4"),
        ("3.4.9", "3.5.9"),
        ("3.50.9", "3.5.9"),
        ("4.0.4", "3.5.9"),
        ("3", "3.5.9"),
    ],
)
def test_profile_for_another(two_lines, wrong, right):
    """For another pyspark, even of the same line, the error names it, all profiles and how to install its line's."""
    with pytest.raises(ProfileError) as error:
        profile_for(wrong, two_lines)
    assert str(error.value) == (
        f"pyspark {wrong} is installed, but the profiles are: "
        "spark-3.5 (pyspark 3.5.9), spark-4.1 (pyspark 4.1.4).\n"
        f"Their jars fit no other release. Install pyspark {right}: pip install pyspark=={right}"
    )


def test_lock_with_an_unknown_key(two_lines):
    """A key that the lock should not have is an error, not ignored."""
    two_lines.write_text(two_lines.read_text().replace("sha256 =", "sha265 ="))
    with pytest.raises(ValueError, match="sha265"):
        profiles(two_lines)


# What is there already


def test_missing_jars_keep_their_order(tmp_path):
    """Those jars are missing whose files are not in the folder, in the order of the question."""
    here, *absent = jar_of(b"1", "one"), jar_of(b"2", "two"), jar_of(b"3", "three")
    (tmp_path / here.file_name).write_bytes(b"1")
    assert missing([absent[1], here, absent[0]], tmp_path) == [absent[1], absent[0]]


def test_missing_without_a_folder(tmp_path):
    """In a folder that is not there, everything is missing, and asking doesn't make it."""
    assert missing([jar_of(b"1")], tmp_path / "none") == [jar_of(b"1")] and not (tmp_path / "none").exists()


@pytest.mark.parametrize("content", [b"another", b""], ids=["another file", "empty"])
def test_another_file_is_there(tmp_path, content):
    """A file with another hash is not taken for the jar: the error names the file, both hashes and the remedy."""
    wanted, path = jar_of(b"right"), tmp_path / "one-1.0.jar"
    path.write_bytes(content)
    with pytest.raises(JarError, match=r"is not the acme:one:1\.0 that the lock names") as error:
        missing([wanted], tmp_path)
    assert wanted.sha256 in str(error.value) and jar_of(content).sha256 in str(error.value)
    assert str(path) in str(error.value) and "otfbench fetch" in str(error.value)


def test_folder_in_place_of_a_jar(tmp_path):
    """A folder is no jar: the error names it, and what to do."""
    (tmp_path / "one-1.0.jar").mkdir()
    with pytest.raises(JarError, match=r"one-1\.0\.jar is a folder, not a jar\. Remove it, .*otfbench fetch"):
        missing([jar_of(b"right")], tmp_path)


# Fetching


def test_missing_jars_are_fetched(ivy):
    """Missing jars arrive, are reported one by one, and are all that is left in the folder."""
    wanted, reported = ivy.offers(b"first", b"second"), []
    paths = fetch(wanted, ivy.java, ivy.folder, on_fetched=reported.append)
    assert [path.read_bytes() for path in paths] == [b"first", b"second"]
    assert sorted(reported, key=wanted.index) == wanted
    assert ivy.fetched == ["one-1.0.jar", "two-1.0.jar"]


def test_fetch_twice(ivy):
    """Jars that are there are not fetched again, nor reported."""
    wanted = ivy.offers(b"first", b"second")
    before, reported = fetch(wanted, ivy.java, ivy.folder), []
    assert fetch(wanted, ivy.java, ivy.folder, on_fetched=reported.append) == before
    assert (len(ivy.calls), reported) == (2, [])


def test_nothing_missing_needs_no_ivy(ivy, monkeypatch):
    """Where all jars are there, neither Ivy nor Java is needed: a run without a network works."""
    wanted = ivy.offers(b"first")
    fetch(wanted, ivy.java, ivy.folder)
    ivy.java.executable.unlink()
    monkeypatch.setattr(jars, "find_spec", lambda name: None)
    assert fetch(wanted, ivy.java, ivy.folder) == [ivy.folder / "one-1.0.jar"]


def test_fetch_only_what_is_missing(ivy):
    """Only what is missing is fetched."""
    one, two = ivy.offers(b"first", b"second")
    fetch([one], ivy.java, ivy.folder)
    fetch([one, two], ivy.java, ivy.folder)
    assert [" one " in call for call in ivy.calls] == [True, False]


def test_fetch_nothing(ivy):
    """No jars, no folder."""
    assert fetch([], ivy.java, ivy.folder) == [] and not ivy.folder.exists()


def test_what_ivy_is_asked(ivy):
    """Ivy is asked for one jar, without what it depends on."""
    fetch(ivy.offers(b"first"), ivy.java, ivy.folder)
    assert re.search(r"-jar \S+/ivy-[\d.]+\.jar .*-dependency acme one 1\.0 -notransitive ", ivy.calls[0])
    assert "-settings" not in ivy.calls[0] and "trustStore" not in ivy.calls[0]


def test_own_mirror(ivy):
    """The user's settings are passed on to Ivy."""
    fetch(ivy.offers(b"first"), ivy.java, ivy.folder, settings=Path("/etc/mirror.xml"))
    assert " -settings /etc/mirror.xml " in ivy.calls[0]


def test_own_certificates(ivy, monkeypatch):
    """Java is given the certificates of SSL_CERT_FILE, which it doesn't read itself."""
    (ivy.home / "ca.pem").write_text("")
    monkeypatch.setenv("SSL_CERT_FILE", str(ivy.home / "ca.pem"))
    fetch(ivy.offers(b"first"), ivy.java, ivy.folder)
    assert re.match(r"-Djavax\.net\.ssl\.trustStore=\S+ -Djavax\.net\.ssl\.trustStorePassword=\S+ -jar", ivy.calls[0])


def test_certificates_that_are_not_there(ivy, monkeypatch):
    """SSL_CERT_FILE that names no file is left to Java's store."""
    monkeypatch.setenv("SSL_CERT_FILE", str(ivy.home / "none.pem"))
    fetch(ivy.offers(b"first"), ivy.java, ivy.folder)
    assert "trustStore" not in ivy.calls[0]


def test_wrong_jar_is_refused(ivy):
    """A jar with another hash is refused, naming both, and not kept; nor is it said to be there."""
    ivy.offers(b"wrong")
    with pytest.raises(JarError, match=r"is not the acme:one:1\.0 that the lock names") as error:
        fetch([jar_of(b"right")], ivy.java, ivy.folder)
    assert jar_of(b"right").sha256 in str(error.value) and jar_of(b"wrong").sha256 in str(error.value)
    assert ivy.fetched == [] and str(ivy.folder) not in str(error.value)


def test_one_wrong_among_right_ones(ivy):
    """Where one of several jars is wrong, the folder holds right ones only, and no scratch folder."""
    one, two, three = ivy.offers(b"first", b"second", b"third")
    with pytest.raises(JarError, match="acme:two"):
        fetch([one, jar_of(b"2nd", "two"), three], ivy.java, ivy.folder)
    assert set(ivy.fetched) <= {one.file_name, three.file_name}
    assert missing([one, two, three], ivy.folder)[-1:] != []


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (NO_ANSWER, "no answer from the repository (java.net.ConnectException: Connection refused)"),
        (NOT_FOUND, "no repository has it"),
        ("Error: Could not find or load main class\nsecond line\n", "second line"),
        ("", "Ivy said nothing"),
    ],
    ids=["no answer", "not found", "another error", "silence"],
)
def test_not_fetched(ivy, says, reason):
    """The error about a jar that can't be fetched has two lines: which and why, without any address; and what to do."""
    ivy.says(says)
    with pytest.raises(JarError) as error:
        fetch([jar_of(b"first")], ivy.java, ivy.folder)
    assert str(error.value) == (
        f"acme:one:1.0 could not be fetched: {reason}\n"
        "Check the network, or name your own mirror: otfbench fetch --ivy-settings FILE"
    )
    assert ivy.fetched == []


def test_ivy_hangs(ivy, monkeypatch):
    """An Ivy that doesn't finish is ended, and reported like any other failure."""
    monkeypatch.setattr(jars, "_IVY_SECONDS", 0.1)
    ivy.java.executable.write_text("#!/bin/sh\nexec sleep 60\n")
    with pytest.raises(JarError, match=r"^acme:one:1\.0 could not be fetched: .* 0\.1 s\n.*--ivy-settings FILE"):
        fetch([jar_of(b"first")], ivy.java, ivy.folder)
    assert ivy.fetched == []


def test_no_ivy(ivy, monkeypatch):
    """A pyspark without its jars is reported, with what to install."""
    monkeypatch.setattr(jars, "find_spec", lambda name: None)
    with pytest.raises(JarError, match="pyspark has no Ivy among its jars: install pyspark from PyPI"):
        fetch([jar_of(b"first")], ivy.java, ivy.folder)


def test_cache_folder(monkeypatch, tmp_path):
    """Jars are kept in the user's cache folder, wherever the user has it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert jars.cache_folder() == tmp_path / "otfbench" / "jars"


# The user's jars


def locked(artifact: str, version: str) -> Jar:
    return Jar(group="acme", artifact=artifact, version=version, bytes=0, sha256="")


PROFILE = Profile(
    name="spark-3.5",
    spark="3.5.9",
    scala="2.12",
    python=("pyspark==3.5.9",),
    packages={"acme": Package(version="2.0", jars=(locked("one", "2.0"), locked("one-base", "1.0")))},
)


@pytest.mark.parametrize(
    ("user_jar", "version", "kept"),
    [
        ("acme:one:2.1", "2.1", ["one-base"]),
        ("/lib/one-2.1-SNAPSHOT.jar", "2.1-SNAPSHOT", ["one-base"]),
        ("acme:one-base:1.1", "2.0", ["one"]),
        ("other:one:2.1", "2.0", ["one", "one-base"]),
        ("/lib/one-more-1.0.jar", "2.0", ["one", "one-base"]),
    ],
)
def test_user_jar_replaces(user_jar, version, kept):
    """A user's jar replaces the locked one of the same artifact, and its version that of the format."""
    package = with_user_jars(PROFILE, {"acme": [user_jar]}).packages["acme"]
    assert (package.version, [jar.artifact for jar in package.jars]) == (version, kept)


def test_own_jar_of_an_unlocked_format():
    """A format that the lock doesn't know can be run by the user's jars."""
    assert with_user_jars(PROFILE, {"new": ["a:b:1"]}).packages["new"] == Package(version="user's jars", jars=())
    assert with_user_jars(PROFILE, {}) == PROFILE


@pytest.mark.parametrize(
    ("user_jars", "version"),
    [
        (["other:three:3.0", "acme:one:2.1"], "3.0"),
        (["/lib/three-spark_2.12-3.0-SNAPSHOT.jar"], "3.0-SNAPSHOT"),
        (["/lib/three.jar"], "user's jars"),
    ],
)
def test_user_jars_replace_all(user_jars, version):
    """Where the user's jars replace a format's whole, none of the lock is left; the first tells the version."""
    used = with_user_jars(PROFILE, {"acme": user_jars}, ["acme"])
    assert used.packages["acme"] == Package(version=version, jars=())
    assert replaced_jars(PROFILE, used) == {"acme": ["one-2.0.jar", "one-base-1.0.jar"]}


def test_replaced_jars():
    """What took the place of a locked jar is told; what was only added takes none."""
    assert replaced_jars(PROFILE, with_user_jars(PROFILE, {"acme": ["acme:one:2.1"]})) == {"acme": ["one-2.0.jar"]}
    assert replaced_jars(PROFILE, with_user_jars(PROFILE, {"acme": ["a:b:1"], "new": ["c:d:1"]})) == {}


def test_a_jar_of_every_session_takes_the_place_of_a_locked_one():
    """Whichever package has that; no package is added."""
    packages = with_user_jars(PROFILE, {SESSION: ["acme:one:2.1"]}).packages
    assert packages.keys() == PROFILE.packages.keys()
    assert [jar.artifact for jar in packages["acme"].jars] == ["one-base"]


def test_optional_packages_are_fetched_by_name_only():
    """A file system's jars are large, and most sessions don't need them."""
    spark = profiles()[0]
    assert spark.packages["s3"].optional
    assert not {*spark.jars}.intersection(spark.jars_of(["s3"]))


def test_own_jars_are_found(ivy, tmp_path):
    """Coordinates are resolved once, into a separate folder; files stay where they are."""
    ivy.offers(b"first")
    file = tmp_path / "mine.jar"
    zipfile.ZipFile(file, "w").close()
    for _ in range(2):
        files = user_jar_files(["acme:one:1.0", str(file)], ivy.java, ivy.folder)
        assert files == {"acme:one:1.0": ivy.folder / "user" / "acme" / "one-1.0.jar", str(file): file}
        assert files["acme:one:1.0"].read_bytes() == b"first"
    assert len((ivy.home / "calls").read_text().splitlines()) == 1
    assert sorted(path.name for path in ivy.folder.iterdir()) == ["user"]


def test_own_jar_that_nobody_has(ivy):
    """The coordinate is named, and what can be done; nothing is left."""
    ivy.says(NOT_FOUND)
    with pytest.raises(JarError, match="acme:none:1.0 could not be fetched: no repository has it\n.*give the path"):
        user_jar_files(["acme:none:1.0"], ivy.java, ivy.folder)
    assert not [path for path in ivy.folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "message"),
    [("none.jar", "no such file"), ("text.jar", "is no jar"), ("text.txt", "group:artifact:version")],
)
def test_no_jar(tmp_path, name, message):
    """A file that is not there, or is no jar, is refused."""
    (tmp_path / "text.jar").write_text("text")
    (tmp_path / "text.txt").write_text("text")
    with pytest.raises(JarError, match=message):
        check_file(tmp_path / name)
