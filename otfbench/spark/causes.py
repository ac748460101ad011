"""Java's errors in words: a table of known causes, the chain of an error. Knows no format."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import unquote

from otfbench import redaction
from otfbench.errors import Key, Text

_LENGTH = 400
"""No reason is longer than this, unless its first sentence is."""
_CLASS = re.compile(r"^(?:\[[A-Z_.]{8,}\] ?|(?:[\w$]+\.)*[\w$]*(?:Exception|Error|Failure|Throwable):? ?)+")
"""Matches the classes of Java, Python and Spark that an error begins with."""
_ASIDE = re.compile(r"\s*(== SQL\b|SQLSTATE: |JVM stacktrace|;? ?'\w+ \[|\(line \d+, pos(ition)? \d+\)|;$).*")
"""Matches what follows a sentence for programmers."""
_OLD_TIMES = "it has days before 1582-10-15 or times before 1900, and doesn't tell by which calendar. "
_BY_ANY = " for the calendar of today, by which all but Spark 2 and Hive write; "
_BY_OLD = " for theirs"

KNOWN: tuple[tuple[str, Text], ...] = (
    (
        r"READ_ANCIENT_DATETIME.*int96RebaseMode",
        (
            _OLD_TIMES + "Give ",
            Key("options", ("int96RebaseMode", "CORRECTED")),
            _BY_ANY,
            Key("options", ("int96RebaseMode", "LEGACY")),
            _BY_OLD,
        ),
    ),
    (
        r"READ_ANCIENT_DATETIME",
        (
            _OLD_TIMES + "Give ",
            Key("options", ("datetimeRebaseMode", "CORRECTED")),
            _BY_ANY,
            Key("options", ("datetimeRebaseMode", "LEGACY")),
            _BY_OLD,
        ),
    ),
    (
        r"WRITE_ANCIENT_DATETIME",
        ("Spark's Parquet writer refuses days before 1582-10-15 and times before 1900, which old readers misread",),
    ),
    (
        r"Syntax error at or near .* == SQL == .*?(?P<type>uniontype<.*>|timestamp with local time zone)",
        (
            "it has a column of type {type}, which Spark doesn't have. Rewrite the file with another type (a struct "
            "with a field for each type of a union, a timestamp for a time in a local zone), or without the column",
        ),
    ),
    (r"could not decode the dictionary for \[(?P<column>[^\]]+)\]", ("a block of column {column} is damaged",)),
    (
        r"Unexpected end of (input stream|ZLIB)|EOFException|InvalidProtocolBufferException.*ended unexpectedly",
        ("it ends too early: it is damaged, or was cut off",),
    ),
    (
        r"FAILED_TO_UNCOMPRESS|[Bb]ad compression data|ZipException|DataFormatException|BZip2|CorruptedInputException"
        r"|[Zz]stdI?O?Exception|InvalidNumberEncodingException|[Cc]ould not (decompress|uncompress)",
        ("a block of it is damaged: what is in it can't be unpacked",),
    ),
    (
        r"InvalidAccessKeyId|SignatureDoesNotMatch",
        ("the store doesn't know the access key, or the secret isn't its own",),
    ),
    (r"NoSuchBucket|UnknownStoreException", ("there is no such bucket",)),
    (
        r"NoAuthWithAWSException|No AWS Credentials|Unable to load (AWS )?credentials",
        (
            "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give "
            "spark.hadoop.fs.s3a.access.key and .secret.key",
        ),
    ),
    (
        r"AccessDenied|(Status Code|Error Code): 403|403 Forbidden",
        ("the store refuses access: the keys are wrong, or may not do this",),
    ),
    (
        r"No FileSystem for scheme \"?(?P<scheme>[\w+.-]+)|Class org.apache.hadoop.fs.(?P<module>s3a)\S+ not found",
        (
            "Spark has no jars for this kind of URI: give them in otfbench.yaml, as "
            "spark: {{jars: [group:artifact:version]}}",
        ),
    ),
    (r"UnknownHostException", ("its host isn't known here",)),
    (
        r"ConnectException|Connection refused|[Cc]onnect timed out|ConnectTimeoutException|NoRouteToHost",
        ("nothing answers at its address",),
    ),
    (
        r"ClassNotFoundException: org\.apache\.hadoop\.io\.compress\.(?P<codec>\w+)Codec",
        ("it is packed by {codec}, for which Spark has no library. Rewrite it packed by zstd, snappy or gzip",),
    ),
    (
        r"Unsupported encoding: (?P<encoding>[A-Z_]+)",
        ("a column is in the encoding {encoding}, which Spark doesn't know. Rewrite the file without that encoding",),
    ),
    (
        r"nanos > 999999999 or < 0",
        (
            "its times before 1970 are written as Spark's reader doesn't know them, as ORC's writer in C++ does. "
            "Rewrite it as Parquet",
        ),
    ),
    (r"is not a Parquet file", ("it is not a Parquet file, or its end is missing",)),
    (
        r"Malformed ORC file|InvalidProtocolBufferException|Invalid postscript|Not a valid ORC file",
        ("it is not an ORC file, or its footer at the end is damaged",),
    ),
    (r"Not an Avro data file", ("it is not an Avro file",)),
    (
        r"COLUMN_ALREADY_EXISTS\] The column (?P<column>`.*?`) already exists",
        ("two columns are called {column}, which are one name to Spark: upper and lower case are the same",),
    ),
    (
        r"should not have output of char/varchar type|UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING",
        (
            "char(n) and varchar(n) are types of tables. What Spark reads from files is neither padded nor cut: "
            "declare the column as string",
        ),
    ),
    (r"Insert Into to \w+ table failed", ("the format failed to write the rows, and gives no reason",)),
    (
        r"Unsupported special character for delimiter",
        (r"a separator is given by itself, or as \t, \r, \b, \f or \u0000; as sep=$'\x01' in a shell",),
    ),
    (r"UNABLE_TO_INFER_SCHEMA", ("Spark finds no file there that tells columns",)),
    (r"FileNotFoundException|FILE_NOT_EXIST", ("a file is gone that was there before: the source has changed",)),
    (
        r"No space left on device|Disk quota exceeded",
        ("there is no room left where Spark writes: in the folder for temporary files (TMPDIR), or beside the table",),
    ),
    (r"AccessControlException|Permission denied", ("permission denied",)),
    (
        r"OutOfMemoryError|Java heap space|GC overhead limit",
        ("Java ran out of memory: give it more in otfbench.yaml, as spark: {{driver_memory: 8g}}",),
    ),
)
"""What is searched for in the chain of causes, in one line -> the reason in words, {group} for what was found there.

The first row that fits counts. A reason is the rest of a sentence: "FILE can't be read as KIND: ".
"""
_SILENT_READER = (
    "Spark's reader failed without a reason: the file may be damaged, or hold a type that Spark doesn't know"
)
_SILENT = "Spark failed without a reason"


def reason(error: BaseException, file: str | None = None) -> Text:
    """Why Spark failed, in words: by the table above, else what the innermost cause says, without classes.

    `file`: what was read, which the sentence before has named.
    """
    chain = causes(error)
    line = " | ".join(chain[1:] or chain)  # the first of several is the job, with a stack trace in its text
    for pattern, words in KNOWN:
        if found := re.search(pattern, line, re.DOTALL):
            return tuple(part.format(**found.groupdict()) if isinstance(part, str) else part for part in words)
    said = next((text for text in reversed([_sentence(each, file) for each in chain]) if text), "")
    silent = not _sentence(chain[-1], file)
    return ((_SILENT if file is None else _SILENT_READER) if silent else _whole(said),)


def _sentence(line: str, file: str | None) -> str:
    """A cause without classes, and without what is there for programmers; empty if it says nothing."""
    text = _ASIDE.sub("", _CLASS.sub("", line)).strip()
    if file is not None:
        text = re.sub(rf"(file:/*)?{re.escape(file)}", "it", unquote(text) if "file:" in text else text)
    return "" if text in ("", "null") else text


def _whole(text: str) -> str:
    """As many whole sentences as there is room for; the first one in any case, without its full stop at the end."""
    sentences = re.split(r"(?<=[.!?]) (?=[A-Z])", text)
    kept = sentences[0]
    for each in sentences[1:]:
        if len(kept) + len(each) > _LENGTH:
            break
        kept += f" {each}"
    if len(kept) > 2 * _LENGTH:
        kept = kept[: 2 * _LENGTH].rsplit(" ", 1)[0] + " ..."
    return kept.removesuffix(".")


def causes(error: BaseException) -> list[str]:
    """What went wrong, in one line per cause, from the outermost to the innermost."""
    java = getattr(error, "java_exception", None)
    lines = []
    with suppress(Exception):  # the JVM may have died in between
        while java is not None:
            lines.append(" ".join(str(java.toString()).split()))
            java = java.getCause()
    if not lines:
        with suppress(Exception):  # a Java error asks the JVM for its text
            lines.append(" ".join(f"{type(error).__name__}: {error}".split()))
    return [redaction.redact_text(line) for line in lines] or [type(error).__name__]


def first_cause(error: BaseException) -> str:
    """What went wrong, in one line: the innermost Java cause of an error that came through py4j, or the error."""
    java = getattr(error, "java_exception", None)
    if java is not None:
        with suppress(Exception):  # the JVM may have died in between
            while java.getCause() is not None:
                java = java.getCause()
            return _first_line(str(java.toString()))
    try:
        return _first_line(f"{type(error).__name__}: {error}")
    except Exception:  # a Java error asks the JVM for its text
        return type(error).__name__


def _first_line(text: str) -> str:
    return redaction.redact_text(next((line.strip() for line in text.splitlines() if line.strip()), ""))[:500]
