"""The first bytes of a file, and what they look like. Knows no input."""

from __future__ import annotations

import codecs
import json
import os
import re
import zlib
from functools import lru_cache

from otfbench.errors import Key, Text
from otfbench.files import is_uri, open_file

_HEAD = 65_536
"""The first bytes of a file, by which its kind is known."""
_GZIP = b"\x1f\x8b"
_ARCHIVES = {
    b"PK\x03\x04": "a ZIP archive, as .xlsx and .ods are, too: unpack it, or save the spreadsheet as CSV",
    b"BZh": "packed by bzip2: unpack it, or pack it by gzip",
    b"\xfd7zXZ\x00": "packed by xz: unpack it, or pack it by gzip",
    b"\x28\xb5\x2f\xfd": "packed by zstd: unpack it, or pack it by gzip",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive: unpack it",
    b"\xd0\xcf\x11\xe0": "a document of an old office, as .xls: save it as CSV",
    b"\x04\x22\x4d\x18": "packed by lz4: unpack it, or pack it by gzip",
    b"PARE": "Parquet with an encrypted footer: decrypt it first",
    b"ARROW1": "a file of Arrow, as Feather is, too: write it as Parquet",
    b"SQLite format 3": "a database of SQLite: write its table as CSV or Parquet",
    b"%PDF-": "a PDF document: save its tables as CSV",
    b"version https://git-lfs.github.com/spec/": "a pointer of Git LFS in place of a file: fetch that by git lfs pull",
}
"""What a file begins with that no input reads -> what it is, and what to do."""
_TEXTS = (b"%PDF-", b"version https://")
"""Those of them that may be text all through; the others are known by their control characters, too."""
_NOT_IN_GZIP = {b"PAR1": "Parquet", b"ORC": "ORC", b"Obj\x01": "Avro", b"ARROW1": "a file of Arrow"}
_PAGE = re.compile(rb"\s*(<!doctype\s+html|<html)\b", re.IGNORECASE)
_PAGES = (".html", ".htm", ".xhtml", ".xml")
"""What the names of pages end in that somebody may mean."""
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_UNMARKED = re.compile(rb"(?:[^\x00]\x00){4}|(?:\x00[^\x00]){4}")
_OF_ARRAYS = re.compile(r"""\[\s*(\[\s*[\[\]{"\d-]|("(\\.|[^"\\])*"|-?\d[\d.eE+-]*|true|false|null)\s*[],])""")
"""How an array begins that holds no objects."""
_BOMS = {  # that of UTF-32 begins like that of UTF-16
    **dict.fromkeys((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE), "utf-32"),
    **{codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"},
}
_TEXT_PER_CONTROL = 10
"""The least bytes of text for each control character, with which a file is text nevertheless."""


def head(path: str) -> bytes:
    """The first 64 KiB."""
    return _head_there(path) if is_uri(path) else _head(path)


def _head(path: str) -> bytes:
    with open_file(path, _HEAD) as file:
        return file.read(_HEAD)


_head_there = lru_cache(maxsize=1)(_head)
"""Each input looks at it, and each look would be a request."""


def no_data(path: str) -> str | None:
    """What a file is that has no rows, or must be unpacked first, and what to do; None for any other."""
    if _PAGE.match(head(path)) and not path.lower().endswith(_PAGES):
        return "a page of HTML, as servers send it in place of a file: fetch that once more"
    if _OF_ARRAYS.match(text(head(path))):
        return 'JSON of arrays, or of values alone, where a row is an object: write each as one, as {"a": 1}'
    return packed(path)


def packed(path: str) -> str | None:
    """What a file is that must be unpacked, or written otherwise, before anybody reads rows; None for any other."""
    start = head(path)
    words = next((words for magic, words in _ARCHIVES.items() if start.startswith(magic)), None)
    if words and (start.startswith(_TEXTS) or _CONTROL.search(start.decode("latin-1"))):
        return words
    inside = unzipped_head(path)
    kind = next((name for magic, name in _NOT_IN_GZIP.items() if inside.startswith(magic)), None)
    if kind is None and inside[257:262] == b"ustar":
        kind = "an archive of tar"
    if kind is None and is_xml(inside):
        kind = "XML"
    return f"{kind}, packed by gzip: unpack it" if kind else None


def why_no_text(path: str) -> Text:
    """What is odd about a file that no input knows: its encoding, its records, or its first control character."""
    if unmarked := _UNMARKED.match(head(path)):
        end = "LE" if unmarked[0][1] == 0 else "BE"
        utf_16 = Key("options", ("encoding", f"UTF-16{end}"))
        return ", unless it is text in UTF-16 without a mark, for which give ", utf_16, ", too"
    if is_json_document(unzipped_head(path)):
        return ", unless it is a document of JSON, packed by gzip, for which give ", Key("format"), " json-multiline"
    found = _CONTROL.findall(start := head(path).decode("latin-1"))
    if not found or _TEXT_PER_CONTROL * len(found) >= len(start):
        return ()
    return (f", for the control character {ord(found[0]):#04x} at offset {start.index(found[0]):,}",)


def unzipped_head(path: str) -> bytes:
    """The first 64 KiB of what is inside of a gzip file; nothing if it is none."""
    packed = head(path)
    if not packed.startswith(_GZIP):
        return b""
    try:
        return zlib.decompressobj(wbits=31).decompress(packed, _HEAD)
    except zlib.error:
        return b""


def text(start: bytes) -> str:
    """The first bytes as text, where only ASCII matters; without blanks at the beginning; empty if they are no text."""
    encoding = next((name for bom, name in _BOMS.items() if start.startswith(bom)), "latin-1")
    found = start.decode(encoding, errors="ignore")
    return "" if _CONTROL.search(found) else found.lstrip()


def is_xml(start: bytes) -> bool:
    """Whether the text begins with an element, a declaration or a comment."""
    return re.match(r"<[?!:\w]", text(start)) is not None


def is_json_lines(start: bytes) -> bool:
    """Whether the first line is an object; one that is longer than the head only has to begin like one."""
    found = text(start)
    line, end, _ = found.partition("\n")
    if not end and len(start) == _HEAD:
        return _begins_object(found)
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


def is_json_document(start: bytes) -> bool:
    """Whether the text begins an array of objects, or an object that the first line doesn't end."""
    found = text(start)
    return bool(re.match(r"\[\s*[{\]]", found)) or _begins_object(found) and not is_json_lines(start)


def is_delimited(start: bytes) -> bool:
    """Whether the file is text that begins like none of the others."""
    found = text(start)
    return bool(found) and found[0] not in "<{["


def misnamed(path: str) -> str | None:
    """What is wrong with the name of a file that is packed, or that is not."""
    packed, named = head(path).startswith(_GZIP), path.endswith(".gz")
    if packed and not named:
        return f"it is gzip, but its name doesn't end in .gz, by which Spark knows: call it {os.path.basename(path)}.gz"
    return "its name ends in .gz, but it is no gzip" if named and not packed else None


def _begins_object(found: str) -> bool:
    return re.match(r'\{\s*["}]', found) is not None
