"""A profile in which the user's jars take the place of locked ones. Fetches nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from otfbench.errors import UsageError
from otfbench.spark.jars import COORDINATE, Jar, Package, Profile

SESSION = "spark"
"""What has the user's jars for every session, among the names of packages."""
_UNKNOWN = "user's jars"


def with_user_jars(profile: Profile, user_jars: Mapping[str, Iterable[str]], whole: Collection[str] = ()) -> Profile:
    """The profile without the jars that the user's (format -> jars) replace: those of the same artifact.

    Of the formats in `whole` all are replaced; the version is that of the first jar of the user's then.
    """
    packages = dict(profile.packages)
    for name, replacements in user_jars.items():
        if name == SESSION:
            packages = {each: _without(package, replacements) for each, package in packages.items()}
            continue
        if name in whole:
            packages[name] = Package(version=_version(next(iter(replacements))), jars=())
            continue
        package = packages.get(name) or Package(version=_UNKNOWN, jars=())
        news = {jar: new for jar in package.jars for each in replacements if (new := _new_version(jar, each))}
        version = next((new for jar, new in news.items() if jar.version == package.version), package.version)
        packages[name] = Package(version=version, jars=tuple(jar for jar in package.jars if jar not in news))
    return profile.model_copy(update={"packages": packages})


def jars_of_versions(profile: Profile, versions: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Format -> coordinates of its jars in another version; jars of other projects keep theirs.

    Raises UsageError for a format that has no jars in the profile.
    """
    coordinates = {}
    for name, version in versions.items():
        package = profile.packages.get(name)
        own = [jar for jar in package.jars if jar.version == package.version] if package else []
        if not own:
            known = ", ".join(sorted(each for each, package in profile.packages.items() if package.jars))
            raise UsageError(f"{name}={version}: {profile.name} has no jars of {name}, but of {known}.")
        coordinates[name] = tuple(f"{jar.group}:{jar.artifact}:{version}" for jar in own)
    return coordinates


def replaced_jars(locked: Profile, used: Profile) -> dict[str, list[str]]:
    """Package -> the files of the locked profile that the other one, which it was made into, doesn't have of it."""
    gone = {
        name: [jar.file_name for jar in package.jars if jar not in used.packages[name].jars]
        for name, package in locked.packages.items()
    }
    return {name: files for name, files in gone.items() if files}


def _without(package: Package, replacements: Iterable[str]) -> Package:
    several = tuple(replacements)
    kept = tuple(jar for jar in package.jars if not any(_new_version(jar, each) for each in several))
    return package if kept == package.jars else package.model_copy(update={"jars": kept, "version": _UNKNOWN})


def _version(user_jar: str) -> str:
    """The version in the name of a jar, as far as it has one."""
    if COORDINATE.fullmatch(user_jar):
        return user_jar.split(":")[2]
    named = re.search(r"-(\d[^-]*(-SNAPSHOT)?)\.jar$", Path(user_jar).name)
    return named[1] if named else _UNKNOWN


def _new_version(jar: Jar, user_jar: str) -> str | None:
    """The version of this artifact that the user gives; None if it is another artifact."""
    if COORDINATE.fullmatch(user_jar):
        group, artifact, version = user_jar.split(":")
        return version if (group, artifact) == (jar.group, jar.artifact) else None
    named = re.fullmatch(rf"{re.escape(jar.artifact)}-(\d.*)\.jar", Path(user_jar).name)
    return named[1] if named else None
