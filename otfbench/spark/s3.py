"""Object stores that speak S3, reached by pyarrow with the settings of Hadoop's S3A. Knows no file's content."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pyarrow.fs import S3FileSystem
    from pyspark.sql import SparkSession

PACKAGE = "s3"
"""The package of the lock file that has the jars for S3A."""
_PLAIN_PROVIDERS = (
    "",
    "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
    "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider",
    "com.amazonaws.auth.DefaultAWSCredentialsProviderChain",
    "com.amazonaws.auth.EnvironmentVariableCredentialsProvider",
    "org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider",
    "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider",
)
"""Where credentials come from, as far as pyarrow knows the same place."""
_CONNECT_S = 5
_REGION = "us-east-1"
_AWS = re.compile(r"s3[.-](?:dualstack\.|fips\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com")


def packages_for(*paths: str) -> set[str]:
    """The packages of the lock file that sessions need to reach these."""
    return {PACKAGE} if any(map(is_s3, paths)) else set()


def is_s3(uri: str) -> bool:
    """Whether S3A reaches it."""
    return uri.startswith("s3a:")


def store_of(spark: SparkSession, uri: str) -> S3FileSystem | None:
    """The store of this URI; None if it is no S3, or only Hadoop knows its credentials."""
    if not is_s3(uri):
        return None
    settings = _settings(spark, urlsplit(uri).netloc)
    return None if settings is None else _store(tuple(sorted(settings.items())))


def open_file(store: S3FileSystem, uri: str) -> io.RawIOBase:
    """The bytes of a file."""
    parts = uri.split("://", 1)[1]
    file: io.RawIOBase = store.open_input_file(parts)
    return file


@lru_cache(maxsize=8)
def _store(settings: tuple[tuple[str, Any], ...]) -> S3FileSystem:
    from pyarrow.fs import S3FileSystem

    return S3FileSystem(**dict(settings))


@lru_cache
def _region_of(bucket: str) -> str:
    from pyarrow.fs import resolve_s3_region

    return str(resolve_s3_region(bucket))


def _settings(spark: SparkSession, bucket: str) -> dict[str, Any] | None:
    """pyarrow's arguments, from the settings of the bucket; None if it hasn't the same."""
    jvm: Any = spark._jvm
    given = jvm.org.apache.hadoop.fs.s3a.S3AUtils.propagateBucketOptions(spark._jsc.hadoopConfiguration(), bucket)

    def value(name: str, default: str = "") -> str:
        return str(given.getTrimmed(f"fs.s3a.{name}") or default)

    def secret(name: str) -> str | None:
        characters = given.getPassword(f"fs.s3a.{name}")
        return "".join(characters) if characters else None

    providers = [each.strip() for each in value("aws.credentials.provider").split(",")]
    if any(each not in _PLAIN_PROVIDERS for each in providers) or value("encryption.algorithm") == "SSE-C":
        return None
    scheme, _, host = value("endpoint").rpartition("://")
    secure = value("connection.ssl.enabled", "true") == "true"
    in_name = _AWS.fullmatch(host)
    return {
        "access_key": secret("access.key"),
        "secret_key": secret("secret.key"),
        "session_token": secret("session.token"),
        "anonymous": any("Anonymous" in each for each in providers),
        "endpoint_override": host or None,
        "scheme": scheme or ("https" if secure else "http"),
        "region": value("endpoint.region") or (in_name[1] if in_name else _REGION if host else _region_of(bucket)),
        "force_virtual_addressing": bool(host) and value("path.style.access", "false") != "true",
        "connect_timeout": _CONNECT_S,
    }
