"""Hides secrets before anything is shown or written: by the names of settings, by forms in text.

Passwords, tokens and keys are given as settings, in URIs, in Java's options, in connection strings, and come back in
error messages. Knows no format, no Spark, and not what the secrets are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "(hidden)"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET = re.compile(
    r"\b(\w*(password|passwd|pwd|passphrase|secret|token|credential)s?"
    r"|(store|key|user|db)?pass|sas|sig|signature|jwt|authorization"
    r"|(access|account|api|auth|encryption|private|secret|shared|signing) ?keys?"
    r"|user info|auth$)\b"
)
"""Matches the words of a name, in small letters, whose value is a secret."""
_ABOUT = re.compile(
    r"\b(algorithm|bits|class|count|dir|enabled?|endpoint|expiry|file|format|interval|keyfile|length|ms|path|providers?"
    r"|ratio|regex|seconds|size|timeout|ttl|type|ur[il]|version)$"
)
"""Matches them if the value only says something about a secret."""
_NO_SECRETS = ("", "true", "false", "True", "False", HIDDEN)

# host:8020 is no user:password, as far as the authority goes; what may be a password goes on to the last @. A path
# that was once a URI has one slash left.
_IN_URI = re.compile(r"(:/+[^\s:/@\[]*:)(?!\d+(?:[/?#\s]|$))\S{1,1000}(?=@)")
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_HEADER = re.compile(r"(authorization\W{1,4}\w+ )[^\s'\",;]+", re.IGNORECASE)
_NAME = re.compile(r"""(?<![\w.-])(?P<java>-D)?(?P<name>[\w.-]+)(?:\\?["'] ?[:=]| ?=) ?""")
"""Matches `name=`, `-Dname=`, and `'name': ` as JSON, Python and SQL have it, without the quote before."""
_QUOTED = re.compile(r"""(?P<quote>\\?["'])(?P<inside>(?:(?!(?P=quote))(?:\\.|.))*)""", re.DOTALL)
_PLAIN = {True: re.compile(r"\S+"), False: re.compile(r"\{[^}]*\}|[^\s&;]+")}
"""By whether it is an option of Java: the value as far as it goes without quotes."""


def settings(conf: Mapping[str, str]) -> dict[str, str]:
    """The settings, with values hidden that are secrets, and secrets hidden in the others."""
    return {
        name: HIDDEN if is_secret(name) and value not in _NO_SECRETS else text(value) for name, value in conf.items()
    }


def text(plain: str) -> str:
    """The text without passwords in URIs, private keys, and values behind the names of secrets."""
    shown = _PRIVATE_KEY.sub(rf"\1{HIDDEN}\2", plain)
    shown = _HEADER.sub(rf"\1{HIDDEN}", _IN_URI.sub(rf"\1{HIDDEN}", shown))
    parts, end = [], 0
    for name in _NAME.finditer(shown):
        if name.start() >= end and is_secret(name["name"]):
            first, last = _value(shown, name)
            if shown[first:last] not in _NO_SECRETS:
                parts += [shown[end:first], HIDDEN]
                end = last
    return "".join([*parts, shown[end:]])


def record(value: Any) -> Any:
    """Mappings and lists, as JSON has them, with each text as text() shows it; keys stay."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {key: record(each) for key, each in value.items()}
    return [record(each) for each in value] if isinstance(value, list | tuple) else value


def is_secret(name: str) -> bool:
    """Whether the value of a setting of this name is a secret."""
    words = " ".join(_WORD.findall(name)).lower()
    return bool(_SECRET.search(words)) and not _ABOUT.search(words)


def _value(shown: str, name: re.Match[str]) -> tuple[int, int]:
    """Begin and end of the value behind a name, without its quotes; a quote that opens before the name ends it, too."""
    if quoted := _QUOTED.match(shown, name.end()):
        return quoted.span("inside")
    before = shown[max(0, name.start() - 1) : name.start()]
    if before in ("'", '"') and before not in name[0]:
        closing = shown.find(before, name.end())
        return name.end(), len(shown) if closing < 0 else closing
    plain = _PLAIN[bool(name["java"])].match(shown, name.end())
    return name.end(), plain.end() if plain else name.end()
