"""Profile -> verified local jar files, by the lock and pyspark's own Ivy. Knows nothing of formats or sessions."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import platformdirs
from pydantic import BaseModel, ConfigDict

from otfbench.errors import JarError, ProfileError
from otfbench.ownership.folders import temporary_folder
from otfbench.spark.java import Java
from otfbench.spark.truststore import PASSWORD, write_truststore

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LOCK = Path(__file__).parents[1] / "jars.lock"
COORDINATE = re.compile(r"\w[\w.-]*:\w[\w.-]*:\w[\w.+-]*", re.ASCII)
"""Matches group:artifact:version."""
_IVY_SECONDS = 1800  # a slow line needs minutes for 80 MB; a hanging one must end at some point


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Coordinate(_Frozen):
    """Where Maven repositories have a jar."""

    group: str
    artifact: str
    version: str

    @property
    def coordinate(self) -> str:
        """group:artifact:version"""
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def file_name(self) -> str:
        """artifact-version.jar"""
        return f"{self.artifact}-{self.version}.jar"


class Jar(Coordinate):
    """One file of the lock: Maven coordinate, SHA-256 and size."""

    bytes: int
    sha256: str


class Package(_Frozen):
    """What one format or input needs: its version and its jars, none if Spark itself brings it."""

    version: str
    jars: tuple[Jar, ...]
    optional: bool = False
    """Whether it is fetched only by its name, or where a session needs it."""


class Profile(_Frozen):
    """A Spark line, and exactly what is for it: packages of Python, as pip's requirements, and jars."""

    name: str
    spark: str
    scala: str
    python: tuple[str, ...]
    packages: dict[str, Package]

    @property
    def install(self) -> str:
        """The command that installs the profile's packages of Python."""
        return f"pip install {' '.join(self.python)}"

    @property
    def jars(self) -> tuple[Jar, ...]:
        """All jars of the profile, but those of optional packages."""
        return tuple(self.jars_of(name for name, each in self.packages.items() if not each.optional))

    def jars_of(self, packages: Iterable[str]) -> list[Jar]:
        """The jars of these packages; none of those that the profile lacks."""
        return [jar for name in packages if name in self.packages for jar in self.packages[name].jars]


def read_lock(lock: Path) -> dict[str, dict[str, Package]]:
    """Profile -> name -> package, of a plugin's lock file; raises JarError if it isn't one."""
    try:
        lines = tomllib.loads(lock.read_text())["profiles"].items()
        return {line: {name: Package(**each) for name, each in profile["packages"].items()} for line, profile in lines}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise JarError(f"{lock}: {error}") from error


@cache
def profiles(lock: Path = LOCK) -> tuple[Profile, ...]:
    """The profiles of a lock file."""
    tables = tomllib.loads(lock.read_text())["profiles"]
    return tuple(Profile(name=name, **table) for name, table in tables.items())


def profile_for(spark_version: str, lock: Path = LOCK) -> Profile:
    """The profile of exactly this pyspark; raises ProfileError if the lock has none for it."""
    known = profiles(lock)
    for profile in known:
        if profile.spark == spark_version:
            return profile
    nearest = next((each for each in known if each.spark.split(".")[:2] == spark_version.split(".")[:2]), known[0])
    offers = ", ".join(f"{p.name} (pyspark {p.spark})" for p in known)
    raise ProfileError(
        f"pyspark {spark_version} is installed, but the profiles are: {offers}.\n"
        f"Their jars fit no other release. Install pyspark {nearest.spark}: {nearest.install}"
    )


def cache_folder() -> Path:
    """Where jars are kept between runs: in the user's cache folder."""
    return platformdirs.user_cache_path("otfbench") / "jars"


def missing(jars: Iterable[Jar], folder: Path) -> list[Jar]:
    """The jars that are not in the folder; raises JarError if the file there is another one."""
    absent = []
    for jar in jars:
        path = folder / jar.file_name
        if path.is_dir():
            raise JarError(f"{path} is a folder, not a jar. Remove it, and fetch the jar (otfbench fetch).")
        if path.exists():
            _check(jar, path, f"Remove {path} and fetch it again (otfbench fetch).")
        else:
            absent.append(jar)
    return absent


def fetch(
    jars: Iterable[Jar],
    java: Java,
    folder: Path,
    settings: Path | None = None,
    on_fetched: Callable[[Jar], None] = lambda jar: None,
) -> list[Path]:
    """The local files of the jars, in order; those that are missing are resolved first, all at once.

    `settings`: an Ivy settings file (the user's mirror). `on_fetched` is called with each jar that has arrived.
    Raises JarError if one can't be had or is not the one that the lock names; the folder then holds only right jars.
    """
    wanted = tuple(jars)
    absent = missing(wanted, folder)
    failed: list[JarError] = []
    if absent:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with temporary_folder("fetch", folder) as scratch, ThreadPoolExecutor() as pool:
                options = _ivy_options(java, scratch, settings)
                running = {pool.submit(_resolve_locked, jar, options, scratch): jar for jar in absent}
                for done in as_completed(running):
                    try:
                        done.result().replace(folder / running[done].file_name)
                        on_fetched(running[done])
                    except JarError as error:  # the others are still worth keeping
                        failed.append(error)
        except OSError as error:
            raise JarError(
                f"The jars can't be kept in {folder}: {error.strerror}. Make room, or the folder writable."
            ) from error
    if failed:
        raise failed[0]
    return [folder / jar.file_name for jar in wanted]


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


# Jars that no lock names: the user's, each given by group:artifact:version or by its path


def check_file(path: Path) -> None:
    """Raise JarError if the user's file is no jar."""
    if path.suffix != ".jar" or "," in str(path):
        raise JarError("must be group:artifact:version, or the path of a .jar without a comma")
    if not path.is_file():
        raise JarError(f"there is no such file: {path}")
    if not zipfile.is_zipfile(path):
        raise JarError(f"is no jar, but another kind of file: {path}")


def user_jar_files(user_jars: Iterable[str], java: Java, folder: Path) -> dict[str, Path]:
    """The local files of the user's jars; those given by coordinate are resolved into the folder, once.

    Their hashes are not known. Raises JarError if one can't be fetched.
    """
    files = {each: Path(each) for each in user_jars}
    for each in files:
        if COORDINATE.fullmatch(each):
            group, artifact, version = each.split(":")
            jar = Coordinate(group=group, artifact=artifact, version=version)
            files[each] = folder / "user" / group / jar.file_name
            if not files[each].exists():
                files[each].parent.mkdir(parents=True, exist_ok=True)
                with temporary_folder("fetch", folder) as scratch:
                    options = _ivy_options(java, scratch, None)
                    _resolve(jar, options, scratch, "give the path of the file").replace(files[each])
        else:
            check_file(files[each])
    return files


def _ivy_options(java: Java, scratch: Path, settings: Path | None) -> list[str]:
    """The command line of Ivy, as far as it is the same for each jar."""
    spec = find_spec("pyspark")
    ivy = sorted(Path(spec.origin).parent.glob("jars/ivy-*.jar")) if spec and spec.origin else []
    if not ivy:
        raise JarError("pyspark has no Ivy among its jars: install pyspark from PyPI (pip install pyspark).")
    options = [str(java.executable)]
    certificates = os.environ.get("SSL_CERT_FILE")
    if certificates and Path(certificates).is_file():
        store = scratch / "trust.jks"
        write_truststore(Path(certificates), store)
        options += [f"-Djavax.net.ssl.trustStore={store}", f"-Djavax.net.ssl.trustStorePassword={PASSWORD}"]
    return [*options, "-jar", str(ivy[-1]), *(["-settings", str(settings)] if settings else [])]


def _resolve_locked(jar: Jar, options: list[str], scratch: Path) -> Path:
    path = _resolve(jar, options, scratch, "name your own mirror: otfbench fetch --ivy-settings FILE")
    _check(jar, path, "It was not kept. Fetch it again, or from your own mirror (otfbench fetch --ivy-settings FILE).")
    return path


def _resolve(jar: Coordinate, options: list[str], scratch: Path, else_: str) -> Path:
    """Let Ivy fetch one jar into a new folder: its cache is not safe for several at once."""
    folder = scratch / jar.artifact
    pattern = str(folder / "[artifact]-[revision].[ext]")
    command = [*options, "-cache", str(folder / "ivy"), "-dependency", jar.group, jar.artifact, jar.version]
    command += ["-notransitive", "-confs", "default", "-types", "jar", "-retrieve", pattern]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_IVY_SECONDS, check=False)
        reason = _reason(done.stdout + done.stderr)
    except subprocess.TimeoutExpired:
        reason = f"Ivy didn't finish within {_IVY_SECONDS} s"
    path = folder / jar.file_name
    if not path.exists():
        raise JarError(f"{jar.coordinate} could not be fetched: {reason}\nCheck the network, or {else_}")
    return path


def _reason(output: str) -> str:
    """What Ivy says went wrong, without its pages of attempts and without addresses."""
    errors = re.findall(r"Server access error.*?\((.+)\)\s*$", output, re.MULTILINE)
    if errors:
        return f"no answer from the repository ({errors[0]})"
    if "not found" in output:
        return "no repository has it"
    return output.strip().splitlines()[-1] if output.strip() else "Ivy said nothing"


def _check(jar: Jar, path: Path, advice: str) -> None:
    """Raise JarError, with this advice, if the file is not the one that the lock names."""
    digest = sha256(path)
    if digest != jar.sha256:
        raise JarError(
            f"{path.name} is not the {jar.coordinate} that the lock names.\n"
            f"  SHA-256 in the lock: {jar.sha256}\n  SHA-256 of the file: {digest}\n"
            f"{advice} If the new one differs too, don't use it."
        )
