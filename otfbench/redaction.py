"""Hides secrets before anything is shown or written: by the names of settings, by forms in text.

Passwords, tokens and keys are given as settings, in URIs, in Java's options, in connection strings, and come back in
error messages. Knows no format, starts no Spark, and doesn't know what the secrets are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

HIDDEN = "(hidden)"

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_SECRET = re.compile(
    r"\b(\w*(password|passwd|pwd|passphrase|passcode|secret|token|credential)s?"
    r"|(store|key|user|db)?pass|sas|sig|signature|jwt|\w*authorization|bearer|cookie|ak|sk"
    r"|\w*(access|account|aes|api|auth|cipher|client|consumer|customer|decryption|deploy|encryption|hmac|license"
    r"|master|private|secret|service|shared|signing|ssh|storage) ?keys?(id)?"
    r"|x (amz|goog)|user info|auth$)\b"
)
"""Matches the words of a name, in small letters, whose value is a secret."""
_ABOUT = re.compile(
    r"\b(algorithm|bits|class|count|dir|enabled?|endpoint|expiry|file|format|interval|keyfile|length|ms|path|providers?"
    r"|ratio|regex|region|seconds|size|store|timeout|ttl|type|ur[il]|version)$"
)
"""Matches them if the value only says something about a secret, or about a service."""
_SPARK = "spark."
_SPARKS_OWN = re.compile(
    r"spark\.((app|broadcast|cleaner|cores|default|driver|dynamicAllocation|executor|files|io|kryo|kryoserializer"
    r"|locality|memory|network|rdd|reducer|rpc|scheduler|shuffle|speculation|stage|storage|task|ui)\."
    r"|sql\.(?!catalog\.)|(jars|master|serializer|speculation)\b)"
)
"""Matches the names of Spark's settings that Spark itself documents, whose values are no secrets."""
_PLAIN_VALUE = re.compile(
    r"(?i:true|false)|[-+]?\d{1,12}(\.\d+)? ?[a-zA-Z]{0,2}|\(\w+\)|(([a-z_]\w*\.){2,}[A-Z][\w$]*,?)+"
)
"""Matches a value that can be shown under any name: truth value, number with its unit, class, (word)."""
_CLOSING = ".,:)]}>`'\""
"""What may follow a value in a sentence."""
_NO_SECRETS = ("", "true", "false", "True", "False", HIDDEN)
_COLUMNS = "columns"
"""The key of a mapping from names of columns: these are not the names of settings."""
_MIXES = "mixes"
"""The key of a mapping from names to operations and how often each is done."""

# host:8020 is no user:password, as far as the authority goes; what may be a password goes on to the last @. A path
# that was once a URI has one slash left.
_IN_URI = re.compile(r"(:/+[^\s:/@\[]*:)(?!\d+(?:[/?#\s]|$))\S{1,1000}(?=@)")
_IN_WEB_ADDRESS = re.compile(r"(\bhttps?:/+)[^\s/@\[]+(?=@)")
"""Matches all before the @: a token may stand where others write a user."""
_IN_QUERY = re.compile(r"([?&](?:key|code|pw|auth)=)(?!\(hidden\))[^\s&;#'\"]+", re.IGNORECASE)
_WELL_KNOWN = re.compile(
    r"\b((AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_\w{30,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeprs]-[\w-]{10,}"
    r"|AIza[\w-]{30,}|dapi[0-9a-f]{30,}|eyJ[\w-]{8,}\.eyJ[\w-]{8,}(\.[\w-]*)?)"
)
"""Matches tokens that are recognized by their form, whatever stands before them."""
_PRIVATE_KEY = re.compile(r"(-----BEGIN [A-Z ]*PRIVATE KEY-----).*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)
_HEADER = re.compile(r"(authorization\W{1,4}\w+ |\bbearer (?=\S{16}))[^\s'\",;]+", re.IGNORECASE)
_OPTION = re.compile(r"""(?<!\S)--(?P<name>\w[\w.-]*) +(?!-)(?P<value>"[^"]*"|'[^']*'|\S+)""")
_TELLTALE = re.compile(
    r"[=:@]|--|\b(AKIA|ASIA|gh[pousr]_|github_pat_|glpat-|xox|AIza|dapi|eyJ)|\bbearer ", re.IGNORECASE
)
"""Matches something in any text that has a secret: most texts have nothing of it."""
_NAME = re.compile(r"""(?<![\w.-])(?P<java>-D)?(?P<name>[\w.-]+)(?:\\?["'] ?[:=]| ?=) ?""")
"""Matches `name=`, `-Dname=`, and `'name': ` as JSON, Python and SQL have it, without the quote before."""
_QUOTED = re.compile(r"""(?P<quote>\\?["'])(?P<inside>(?:(?!(?P=quote))(?:\\.|.))*)""", re.DOTALL)
_PLAIN = {True: re.compile(r"\S+"), False: re.compile(r"\{[^}]*\}|[^\s&;]+")}
"""By whether it is an option of Java: the value as far as it goes without quotes."""


@lru_cache(4096)
def is_secret(name: str) -> bool:
    """Whether the value of a setting of this name is a secret, in whatever case and with whatever separators."""
    words = " ".join(_WORD.findall(name)).lower()
    plain = " ".join(re.findall("[a-z]+", name.lower()))
    return any(map(_SECRET.search, (words, plain))) and not _ABOUT.search(words)


def redact_settings(conf: Mapping[str, str]) -> dict[str, str]:
    """The settings as they may be shown: values of secrets are hidden, and those of settings of Spark that are not
    known to hold none; of any other value what redact_text() hides.
    """
    return {name: HIDDEN if _hides(name, value) else redact_text(value) for name, value in conf.items()}


def redact_text(plain: str) -> str:
    """The text without passwords in URIs, private keys, well-known tokens, and values behind the names of secrets."""
    if not _TELLTALE.search(plain):
        return plain
    shown = _PRIVATE_KEY.sub(rf"\1{HIDDEN}\2", plain)
    for pattern in (_IN_WEB_ADDRESS, _IN_URI, _IN_QUERY, _HEADER):
        shown = pattern.sub(rf"\1{HIDDEN}", shown)
    shown = _OPTION.sub(_redact_option, _WELL_KNOWN.sub(HIDDEN, shown))
    parts, end = [], 0
    for name in _NAME.finditer(shown):
        if name.start() >= end:
            first, last = _value(shown, name)
            if _hides(name["name"], shown[first:last]):
                parts += [shown[end:first], HIDDEN]
                end = last
    return "".join([*parts, shown[end:]])


def redact_json(value: Any) -> Any:
    """Mappings and lists, as JSON has them: hidden are the texts and numbers under the keys of secrets, at any depth,
    and what redact_settings() and redact_text() hide; keys are shown as texts are.
    """
    if isinstance(value, str):
        return redact_text(value)
    if isinstance(value, Mapping):
        return {_redact_key(key): _redact_member(key, each) for key, each in value.items()}
    return [redact_json(each) for each in value] if isinstance(value, list | tuple) else value


@lru_cache(4096)
def _redact_key(key: Any) -> Any:
    return redact_text(key) if isinstance(key, str) else key


def _redact_member(key: Any, value: Any) -> Any:
    """A value under its key; names of columns are not the names of settings."""
    if key == _MIXES and isinstance(value, Mapping):
        return {_redact_key(name): _redact_weights(each) for name, each in value.items()}
    if key == _COLUMNS and isinstance(value, Mapping):
        return {_redact_key(name): redact_json(each) for name, each in value.items()}
    if isinstance(key, str) and is_secret(key):
        return _hide_all(value)
    if isinstance(value, str) and isinstance(key, str) and _hides(key, value):
        return HIDDEN
    return redact_json(value)


def _redact_weights(mix: Any) -> Any:
    """Names of operations are not the names of settings, and how often they are done is no secret."""
    if not isinstance(mix, Mapping):
        return redact_json(mix)
    return {
        _redact_key(name): each if isinstance(each, int | float) else redact_json(each) for name, each in mix.items()
    }


def _hide_all(value: Any) -> Any:
    """The shape of a value without what it says; truth values and None say nothing."""
    if isinstance(value, Mapping):
        return {_redact_key(key): _hide_all(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_hide_all(each) for each in value]
    return value if isinstance(value, bool) or value is None or value in _NO_SECRETS else HIDDEN


def _hides(name: str, value: str) -> bool:
    """Whether the value of a setting is not shown."""
    if value in _NO_SECRETS:
        return False
    if is_secret(name):
        return True
    if not name.startswith(_SPARK) or _SPARKS_OWN.match(name) or _PLAIN_VALUE.fullmatch(value.rstrip(_CLOSING)):
        return False
    return not _ABOUT.search(" ".join(_WORD.findall(name)).lower())


def _redact_option(option: re.Match[str]) -> str:
    """`--password x` as it is shown."""
    return option[0][: -len(option["value"])] + HIDDEN if is_secret(option["name"]) else option[0]


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
