"""A Java trust store out of PEM certificates, read by Java's keytool where there is one."""

import hashlib
import shutil
import ssl
import subprocess

import pytest

from otfbench.spark.truststore import PASSWORD, write_truststore

# openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=otfbench test" -days 36500
CERTIFICATE = """-----BEGIN CERTIFICATE-----
MIIBhzCCAS2gAwIBAgIULsPhPnFiDv9xtVh/uSfxZCINlk4wCgYIKoZIzj0EAwIw
GDEWMBQGA1UEAwwNb3RmYmVuY2ggdGVzdDAgFw0yNjExMjQwODQxNDZaGA8yMTI2
MTAzMTA4NDE0NlowGDEWMBQGA1UEAwwNb3RmYmVuY2ggdGVzdDBZMBMGByqGSM49
AgEGCCqGSM49AwEHA0IABH4qlg5/su0G2ZQeU8QPS+4JKRHqe1pEvubYw1KJl7k1
tDlQaCZ0O7qMeagYaG8SB+lgZPH5a4+eoIz/Ql29umGjUzBRMB0GA1UdDgQWBBSv
oW8wtq9+K1Jfvf0JCri77OQbFjAfBgNVHSMEGDAWgBSvoW8wtq9+K1Jfvf0JCri7
7OQbFjAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIQDBoJAFLrzp
KG+o1SEvNrH/FJSDH6tH44qv/UluP3Wy9QIgLTLOatQK7YO6Hqsj9E2SfVeCvpUW
9GO3viRnjt8nhj0=
-----END CERTIFICATE-----
"""
DER = ssl.PEM_cert_to_DER_cert(CERTIFICATE)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_number_of_certificates(tmp_path, count):
    """As many certificates are written as the bundle has, and their number is returned."""
    (tmp_path / "ca.pem").write_text(CERTIFICATE * count)
    assert write_truststore(tmp_path / "ca.pem", tmp_path / "store") == count
    assert (tmp_path / "store").read_bytes().count(DER) == count


def test_text_between_certificates(tmp_path):
    """Names and comments between certificates are passed over, of whatever encoding; so are private keys."""
    key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"
    text = f"# Zertifikat für Köln\n{CERTIFICATE}\n{key}subject=/CN=x\n{CERTIFICATE}"
    (tmp_path / "ca.pem").write_bytes(text.encode("latin-1"))
    assert write_truststore(tmp_path / "ca.pem", tmp_path / "store") == 2


def test_file_has_the_jks_layout(tmp_path):
    """The file begins as a JKS file of version 2 does, with the number of entries, and ends with a SHA-1."""
    (tmp_path / "ca.pem").write_text(CERTIFICATE)
    write_truststore(tmp_path / "ca.pem", tmp_path / "store")
    content = (tmp_path / "store").read_bytes()
    assert content[:12].hex() == "feedfeed" "00000002" "00000001"
    assert len(content) - content.index(DER) == len(DER) + 20


@pytest.mark.skipif(not shutil.which("keytool"), reason="no keytool on the path: what Java reads can't be checked")
def test_keytool_lists_them(tmp_path):
    """Java itself opens the store with the password, finds it whole, and lists each certificate as trusted."""
    (tmp_path / "ca.pem").write_text(CERTIFICATE * 2)
    write_truststore(tmp_path / "ca.pem", tmp_path / "store")
    command = ["keytool", "-J-Duser.language=en", "-list", "-keystore", str(tmp_path / "store"), "-storepass", PASSWORD]
    listing = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    assert all(f"certificate-{number}," in listing for number in (0, 1)) and listing.count("trustedCertEntry") == 2
    assert listing.replace(":", "").lower().count(hashlib.sha256(DER).hexdigest()) == 2
