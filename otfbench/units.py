"""Durations, sizes, shares and counts as people read them. Knows nothing of what they measure."""

from __future__ import annotations

import re

WIDTH = 100
"""Columns of a printed line, where no terminal says how wide it is."""
_SIZES = ("B", "kB", "MB", "GB", "TB")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def format_seconds(value: float) -> str:
    """Three digits, in the unit that suits.

    >>> [format_seconds(value) for value in (0.85, 1.238, 12.38, 126)]
    ['850 ms', '1.24 s', '12.4 s', '2.1 min']
    """
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 119.95:
        return f"{value:.2f} s" if value < 9.995 else f"{value:.1f} s"
    return f"{value / 60:.1f} min"


def format_size(value: int) -> str:
    """Bytes in decimal units.

    >>> [format_size(value) for value in (999, 5_050_000, 48_300_000)]
    ['999 B', '5.05 MB', '48.3 MB']
    """
    scaled, unit = float(value), 0
    while scaled >= 999.5 and unit < len(_SIZES) - 1:
        scaled, unit = scaled / 1000, unit + 1
    if unit == 0:
        return f"{value} B"
    return (
        f"{scaled:.2f} {_SIZES[unit]}" if scaled < 9.995 else f"{scaled:.{0 if scaled >= 99.95 else 1}f} {_SIZES[unit]}"
    )


def format_share(value: float) -> str:
    """A fraction in percent.

    >>> format_share(0.07)
    '7 %'
    """
    return f"{value * 100:.0f} %"


def format_count(count: int, what: str) -> str:
    """A count with its noun.

    >>> format_count(1, "file"), format_count(20_000, "file")
    ('1 file', '20,000 files')
    """
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def parse_seconds(text: str) -> float:
    """Seconds of what people write, or format_seconds() shows, within its rounding. Raises ValueError.

    >>> parse_seconds("90s"), parse_seconds("2h"), parse_seconds("850 ms")
    (90.0, 7200.0, 0.85)
    """
    given = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*", text)
    if not given or given[2] not in _SECONDS:
        raise ValueError(f"{text!r} is no time like 90s, 30m or 2h")
    return float(given[1]) * _SECONDS[given[2]]
