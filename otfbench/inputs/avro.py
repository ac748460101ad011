"""Avro files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING

from otfbench.inputs.base import Input
from otfbench.inputs.sniffing import head

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession


class Avro(Input):
    """As Spark writes them: tinyint and smallint are int in the file, and cast back when it is read."""

    name = "avro"
    package = "avro"
    typed = True

    def sniff(self, path: str) -> bool:
        """By the magic."""
        return head(path).startswith(b"Obj\x01")

    def fault(self, path: str, options: Mapping[str, str]) -> str | None:
        """A file that lost its end: Spark takes the last block that is whole for the last one."""
        with open(path, "rb") as file:
            try:
                _walk(file, os.path.getsize(path))
            except ValueError as error:
                return str(error)
        return None

    def read(self, spark: SparkSession, path: str, schema: str) -> DataFrame:
        """By the files' own schema: Spark refuses to read an int as smallint. Then cast."""
        from pyspark.sql import functions as F

        rows = spark.read.format(self.data_source).load(path)
        wanted = spark.createDataFrame([], schema).schema
        return rows.select(*(F.col(f"`{field.name}`").cast(field.dataType).alias(field.name) for field in wanted))


def _walk(file: IO[bytes], end: int) -> None:
    """Go from block to block, without reading what is in them; raises ValueError where a file is not whole.

    Avro 1.11, object container files: magic, metadata, a marker of 16 bytes; then blocks of count, size, data, marker.
    """
    file.seek(4)
    while count := _long(file):
        if count < 0:  # the size of the block follows
            _long(file)
        for _ in range(2 * abs(count)):
            file.seek(_long(file), os.SEEK_CUR)
    marker = file.read(16)
    while file.tell() < end:
        begin = file.tell()
        _long(file)
        file.seek(_long(file), os.SEEK_CUR)
        if file.read(16) != marker or len(marker) < 16:
            raise ValueError(f"the block at byte {begin} of {end} is damaged or cut off")


def _long(file: IO[bytes]) -> int:
    """A number of variable length, seven bits a byte, the sign in the lowest bit."""
    number = shift = 0
    while byte := file.read(1):
        number |= (byte[0] & 127) << shift
        if byte[0] < 128:
            return number >> 1 ^ -(number & 1)
        shift += 7
    raise ValueError("the file ends in the middle of a number")
