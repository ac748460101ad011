"""A Java trust store made of the PEM certificates in SSL_CERT_FILE, which Java ignores. Knows nothing of networks."""

from __future__ import annotations

import hashlib
import re
import ssl
import struct
from pathlib import Path

PASSWORD = "changeit"  # guards no secret: it is Java's customary word for stores of public certificates

_MAGIC, _VERSION, _TRUSTED_CERTIFICATE = 0xFEEDFEED, 2, 2
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def write_truststore(pem: Path, target: Path) -> int:
    """Write the certificates of a PEM bundle as a JKS file; return their number.

    The layout is the one that OpenJDK's sun.security.provider.JavaKeyStore documents: header, entries, keyed SHA-1.
    """
    certificates = [ssl.PEM_cert_to_DER_cert(block) for block in _PEM.findall(pem.read_text(errors="replace"))]
    body = struct.pack(">III", _MAGIC, _VERSION, len(certificates))
    for number, der in enumerate(certificates):
        body += struct.pack(">I", _TRUSTED_CERTIFICATE) + _utf(f"certificate-{number}") + struct.pack(">q", 0)
        body += _utf("X.509") + struct.pack(">I", len(der)) + der
    seal = hashlib.sha1(PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + body, usedforsecurity=False).digest()
    target.write_bytes(body + seal)
    return len(certificates)


def _utf(text: str) -> bytes:
    """A string as java.io.DataOutput.writeUTF writes it."""
    return struct.pack(">H", len(text)) + text.encode("ascii")
