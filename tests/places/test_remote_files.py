"""Files on other file systems: an object store that moto serves, and a mount table that only Hadoop reads."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from otfbench import files
from otfbench.commands.output import Exit
from otfbench.data.discovery import UserData
from otfbench.data.file_stamps import unchanged
from otfbench.data.found_files import find_files
from otfbench.data.inspection import look_through
from otfbench.data.second_reading import SecondReading
from otfbench.errors import DatasetError, UsageError
from otfbench.formats.hadoop import read_text, walk, write_text
from otfbench.registry import load_input
from otfbench.registry.packages import profile
from otfbench.spark import jars, s3
from otfbench.spark.java import find_java
from otfbench.spark.remote_files import RemoteFiles
from otfbench.tables.remote_destination import RemoteDestination
from otfbench.testing.fixtures import TRIPS, input_jars, started

KEY, SECRET = "testkey", "never-to-be-shown"
CSV = "id,vendor,zip\n1,Ahorn,00501\n2,,10115\n"
PLACES = ("s3a://lake", "viewfs://lake/mounted")


class _Refusing(BaseHTTPRequestHandler):
    """A store that knows nobody."""

    def do_GET(self) -> None:
        """Refuse."""
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_PUT = do_GET

    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """A client of a server with the bucket `lake`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_CA_BUNDLE", raising=False)
        server = ThreadedMotoServer("127.0.0.1", 0)
        server.start()
        host, port = server.get_host_and_port()
        keys = {"aws_access_key_id": KEY, "aws_secret_access_key": SECRET}
        client = boto3.client("s3", "us-east-1", endpoint_url=f"http://{host}:{port}", **keys)
        client.create_bucket(Bucket="lake")
        yield client
        server.stop()


def settings(endpoint: str, prefix: str = "fs.s3a") -> dict[str, str]:
    return {
        f"spark.hadoop.{prefix}.endpoint": endpoint,
        f"spark.hadoop.{prefix}.path.style.access": "true",
        f"spark.hadoop.{prefix}.access.key": KEY,
        f"spark.hadoop.{prefix}.secret.key": SECRET,
    }


@pytest.fixture(scope="module")
def spark(store: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A session that reaches the bucket, a store that refuses everybody, an address where nothing is, and a mount."""
    folder = tmp_path_factory.mktemp("remote")
    (folder / "mounted").mkdir()
    refusing = HTTPServer(("127.0.0.1", 0), _Refusing)
    Thread(target=refusing.serve_forever, daemon=True).start()
    conf = settings(store.meta.endpoint_url)
    conf |= settings(f"http://127.0.0.1:{refusing.server_port}", "fs.s3a.bucket.refused")
    conf |= settings("http://127.0.0.1:9", "fs.s3a.bucket.silent")
    conf["spark.hadoop.fs.s3a.bucket.assumed.aws.credentials.provider"] = "org.example.AssumedRoleProvider"
    conf["spark.hadoop.fs.viewfs.mounttable.lake.link./mounted"] = (folder / "mounted").as_uri()
    of_s3 = jars.fetch(profile().jars_of([s3.PACKAGE]), find_java(), jars.cache_folder())
    with started(folder, conf, [*of_s3, *input_jars()]) as jvm, files.lent(RemoteFiles(jvm.spark)):
        yield jvm.spark
    refusing.shutdown()


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> str:
    """A folder on a file system that isn't this machine's."""
    return str(request.param)


def data(path: str, kind: str) -> UserData:
    return UserData(path, Path("/"), kind)


KINDS = ["csv", "csv-gz", "json", "json-multiline", "xml", "parquet", "orc", "avro"]


@pytest.mark.parametrize(
    ("place", "kind"),
    [*((PLACES[0], kind) for kind in ("csv", "xml", "parquet", "avro")), *((PLACES[1], kind) for kind in KINDS)],
)
def test_both_readers_find_the_same_there(spark: Any, place: str, kind: str, tmp_path: Path) -> None:
    """Files of each kind are found, told by their content, and read by both readers alike."""
    folder, kept = f"{place}/in/{kind}", load_input(kind)
    kept.write(TRIPS.generate(spark), folder)
    found = look_through(spark, data(folder, kind), kept, [], tmp_path)
    assert isinstance(found.second, SecondReading)
    assert found.rows == TRIPS.rows
    assert found.size["files"] == TRIPS.files


def test_names_of_folders_are_columns_there(spark: Any, place: str, tmp_path: Path) -> None:
    """Below a glob, too; values keep their zeros."""
    for day in ("01", "02"):
        write_text(spark, f"{place}/days/day={day}/a.csv", CSV, True)
        write_text(spark, f"{place}/days/_hidden/a.csv", CSV, True)
    found = look_through(spark, data(f"{place}/days/day=*", "csv"), load_input("csv"), [], tmp_path)
    assert found.schema.names == ["id", "vendor", "zip", "day"]
    assert found.schema["day"].dataType.simpleString() == "string"
    assert found.rows == 4


def test_what_is_not_read_there_is_told(spark: Any, place: str) -> None:
    """Hidden files, files of a table, nothing at all."""
    write_text(spark, f"{place}/odd/a.csv", CSV, True)
    write_text(spark, f"{place}/odd/_b.csv", CSV, True)
    listing = find_files(data(f"{place}/odd", "csv"), load_input("csv"), spark).listing
    assert list(listing.files) == [f"{place}/odd/a.csv"]
    assert list(listing.left_out) == [f"{place}/odd/_b.csv"]
    write_text(spark, f"{place}/table/_delta_log/00000000000000000000.json", "{}", True)
    write_text(spark, f"{place}/table/a.csv", CSV, True)
    with pytest.raises(DatasetError, match="table is a table of delta"):
        find_files(data(f"{place}/table", "csv"), load_input("csv"), spark)
    with pytest.raises(DatasetError, match="table of delta"):
        find_files(data(f"{place}/table/a.csv", "csv"), load_input("csv"), spark)
    with pytest.raises(DatasetError, match="there is no such file"):
        find_files(data(f"{place}/none", "csv"), load_input("csv"), spark)


def test_a_change_there_is_seen(spark: Any, place: str) -> None:
    """Of the content, or of the time, where sizes are the same."""
    write_text(spark, f"{place}/changing/a.csv", CSV, True)
    stamps = find_files(data(f"{place}/changing", "csv"), load_input("csv"), spark).stamps
    with unchanged(stamps):
        pass
    with pytest.raises(DatasetError, match="a.csv changed while it was read"), unchanged(stamps):
        write_text(spark, f"{place}/changing/a.csv", CSV.replace("1", "7"), True)


def below(spark: Any, folder: str) -> list[str]:
    return sorted(path.removeprefix(folder) for path, _ in walk(spark, folder))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another folder for what conversions of this machine know of each other."""
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / name)


def killed(destination: RemoteDestination) -> None:
    """What the end of a process does: its locks are gone."""
    destination._here.release()


@pytest.mark.usefixtures("cache")
def test_a_table_is_moved_to_its_place(spark: Any, place: str) -> None:
    """Until then nothing is there, and nothing is left beside it."""
    destination = RemoteDestination(f"{place}/moved/t")
    destination.open(spark)
    write_text(spark, f"{destination.warehouse}/a/part-0", "rows", False)
    assert not [each for each in below(spark, f"{place}/moved") if each.startswith("/t")]
    destination.swap_in(f"{destination.warehouse}/a")
    destination.commit()
    destination.close()
    assert below(spark, f"{place}/moved") == ["/t/part-0"]


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("end", ["committed", "wrong", "killed"])
def test_a_table_takes_the_place_of_another(spark: Any, place: str, end: str) -> None:
    """Which is there again unless the new one is verified, also after a kill; nothing is left beside it."""
    folder = f"{place}/replaced_{end}"
    write_text(spark, f"{folder}/t/part-0", "former rows", False)
    write_text(spark, f"{folder}/t/a/part-1", "more of them", False)
    destination = RemoteDestination(f"{folder}/t")
    destination.open(spark)
    destination.copy_to(f"{destination.warehouse}/copy")
    assert destination.exists and below(spark, f"{destination.warehouse}/copy") == ["/a/part-1", "/part-0"]
    write_text(spark, f"{destination.warehouse}/copy/part-0", "rows", True)
    destination.swap_in(f"{destination.warehouse}/copy")
    assert read_text(spark, f"{folder}/t/part-0") == "rows"
    if end == "killed":
        killed(destination)
        destination = RemoteDestination(f"{folder}/t")
        destination.open(spark)
    elif end == "committed":
        destination.commit()
    destination.close()
    assert below(spark, folder) == ["/t/a/part-1", "/t/part-0"]
    assert read_text(spark, f"{folder}/t/part-0") == ("rows" if end == "committed" else "former rows")


@pytest.mark.usefixtures("cache")
def test_what_a_killed_conversion_left_is_removed(spark: Any, place: str) -> None:
    """Also what it had moved already; a file that somebody else has put there stays, and is in the way."""
    first = RemoteDestination(f"{place}/killed/t")
    first.open(spark)
    write_text(spark, f"{first.warehouse}/a/part-0", "rows", False)
    first.swap_in(f"{first.warehouse}/a")
    killed(first)
    second = RemoteDestination(f"{place}/killed/t")
    second.open(spark)
    assert below(spark, f"{place}/killed") == ["/.t.otfbench/.otfbench"]
    write_text(spark, f"{second.warehouse}/a/part-0", "rows", False)
    second.swap_in(f"{second.warehouse}/a")
    write_text(spark, f"{place}/killed/t/theirs", "rows", False)
    killed(second)
    third = RemoteDestination(f"{place}/killed/t")
    third.open(spark)
    assert third.exists
    third.close()
    assert [each for each in below(spark, f"{place}/killed") if each.startswith("/t/")] == ["/t/theirs"]


@pytest.mark.usefixtures("cache")
def test_what_others_do_there_is_left_alone(spark: Any, place: str, tmp_path: Path, monkeypatch: Any) -> None:
    """Another conversion here, one of another machine, and a folder that otfbench didn't write."""
    first = RemoteDestination(f"{place}/others/t")
    first.open(spark)
    with pytest.raises(UsageError, match="in use by another process"):
        RemoteDestination(f"{place}/others/t")
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "other machine" / name)
    for words in ("another conversion into it has begun", "otfbench didn't write it"):
        second = RemoteDestination(f"{place}/others/t")
        with pytest.raises(UsageError, match=words):
            second.open(spark)
        second.close()
        first.close()
        write_text(spark, f"{place}/others/.t.otfbench/theirs", "rows", True)
    assert below(spark, f"{place}/others") == ["/.t.otfbench/theirs"]


@pytest.mark.parametrize(
    ("uri", "by_pyarrow"),
    [("s3a://lake/a.csv", True), ("s3a://assumed/a.csv", False), ("viewfs://lake/mounted/a.csv", False)],
)
def test_who_opens_a_file(spark: Any, uri: str, by_pyarrow: bool) -> None:
    """pyarrow where it has the same credentials; where only Hadoop knows them, or the file system, a stream of its."""
    assert (s3.store_of(spark, uri) is not None) == by_pyarrow


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("s3a://nobody/a.csv", "there is no such bucket"),
        ("s3a://refused/a.csv", "the store refuses access"),
        ("s3a://silent/a.csv", "nothing answers"),
        ("s4://lake/a.csv", "no jars for this kind of URI"),
    ],
)
def test_what_cant_be_reached_is_told_at_once(spark: Any, uri: str, words: str) -> None:
    """In one sentence, without a secret."""
    with pytest.raises(UsageError, match=words) as error:
        RemoteFiles(spark).check(uri)
    assert str(error.value).startswith(f"{uri} can't be reached: ")
    assert len(str(error.value)) < 200
    assert SECRET not in str(error.value)


def test_a_password_in_a_uri_is_refused(spark: Any) -> None:
    """It would come back in errors."""
    with pytest.raises(UsageError, match="^A URI of s3a holds a password") as error:
        RemoteFiles(spark).check(f"s3a://{KEY}:{SECRET}@lake/a.csv")
    assert SECRET not in str(error.value)


@pytest.fixture
def convert(store: Any, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """`convert(*arguments)`: the exit code of `otfbench convert` of files in the store, and what it prints."""
    conf = "".join(f"    {name}: {json.dumps(value)}\n" for name, value in settings(store.meta.endpoint_url).items())
    (tmp_path / "otfbench.yaml").write_text(f"spark:\n  driver_memory: 1g\n  conf:\n{conf}")

    def convert(*arguments: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "otfbench", "convert", "s3a://lake/trips/*.csv", *arguments]
        result = subprocess.run(command, cwd=tmp_path, env=dict(os.environ), capture_output=True, text=True)
        assert SECRET not in result.stdout + result.stderr
        return result.returncode, result.stdout or result.stderr

    return convert


def test_csv_becomes_a_table_there(store: Any, convert: Callable[..., tuple[int, str]]) -> None:
    """By one command, verified by the second reader; nothing is left beside it, and no secret is printed."""
    store.put_object(Bucket="lake", Key="trips/a.csv", Body=CSV.encode())
    code, printed = convert("s3a://lake/tables/trips", "--to", "iceberg", "--json")
    assert code == 0, printed
    result = json.loads(printed)
    assert result["verdict"] == "equal"
    assert result["table"]["rows"] == 2
    assert result["source"]["columns"]["zip"] == "string"
    keys = [each["Key"] for each in store.list_objects_v2(Bucket="lake", Prefix="tables")["Contents"]]
    assert any(key.startswith("tables/trips/metadata/") for key in keys)
    assert not [key for key in keys if "otfbench" in key]


def test_a_table_there_grows_and_is_replaced(store: Any, convert: Callable[..., tuple[int, str]]) -> None:
    """New files are added to it, each once; a table of another format takes its place, and nothing of it is left."""
    store.put_object(Bucket="lake", Key="trips/a.csv", Body=CSV.encode())
    for name, rows in (("a", 2), ("b", 4)):
        store.put_object(Bucket="lake", Key=f"trips/{name}.csv", Body=CSV.encode())
        new_files = ("--to", "iceberg", "--new-files", "--on-conflict", "append", "--json")
        code, printed = convert("s3a://lake/tables/grown", *new_files)
        assert code == 0, printed
        assert (json.loads(printed)["verdict"], json.loads(printed)["table"]["rows"]) == ("equal", rows)
    code, printed = convert("s3a://lake/tables/grown", "--to", "delta")
    assert (
        code == Exit.USAGE
        and "is there already: name another folder, or give --on-conflict replace or append" in printed
    )
    code, printed = convert("s3a://lake/tables/grown", "--to", "delta", "--on-conflict", "replace", "--json")
    assert code == 0 and json.loads(printed)["table"]["rows"] == 4, printed
    keys = [each["Key"] for each in store.list_objects_v2(Bucket="lake", Prefix="tables/")["Contents"]]
    assert {key.split("/")[2] for key in keys if key.startswith("tables/grown/")} > {"_delta_log"}
    assert not [key for key in keys if "grown" in key and ("metadata" in key or "otfbench" in key)]
    code, printed = convert("s3a://lake/tables/grown", "--to", "delta", "--new-files", "--on-conflict", "append")
    assert code == Exit.USAGE and "s3a://lake/tables/grown has no list of the files" in " ".join(
        printed.split()
    ), printed
