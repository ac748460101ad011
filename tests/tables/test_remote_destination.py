"""A destination below a URI: what is killed at any step leaves nothing that the next doesn't remove; without a JVM."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from otfbench.errors import UsageError
from otfbench.tables import remote_destination, remote_swap
from otfbench.tables.remote_destination import RemoteDestination

FOLDER = "s3a://lake/tables/t"
NEW = {"metadata/1": "one", "part-0": "rows", "part-1": "more rows"}
OLD = {"metadata/0": "nil", "metadata/1": "eno", "part-0": "former rows"}
"""What may be there before: a file of the same name and size as a new one, and one of another size."""


class Killed(BaseException):
    """What ends a process."""


class Store(dict[str, str]):
    """Objects by their keys: a folder is there while something is in it, and renamed object by object."""

    steps = 10**9
    """So many more changes it lets pass."""

    def step(self) -> None:
        """Count a change."""
        self.steps -= 1
        if self.steps < 0:
            raise Killed

    def folder_exists(self, _: Any, path: str) -> bool:
        return any(each == path or each.startswith(f"{path}/") for each in self)

    def make_folder(self, _: Any, path: str) -> None:
        """A store of objects has none."""

    def qualified(self, _: Any, path: str) -> str:
        return path

    def walk(self, _: Any, path: str) -> Iterator[tuple[str, int]]:
        return iter([(each, len(self[each])) for each in sorted(self) if each.startswith(f"{path}/")])

    def read_text(self, _: Any, path: str) -> str | None:
        return self.get(path)

    def write_text(self, _: Any, path: str, text: str, overwrite: bool) -> None:
        if path in self and not overwrite:
            raise OSError(f"{path} is there already")
        self[path] = ""  # a kill may leave it so
        self.step()
        self[path] = text

    def remove_folder(self, _: Any, path: str) -> None:
        for each in sorted(each for each in self if each == path or each.startswith(f"{path}/")):
            self.step()
            del self[each]

    def rename_folder(self, spark: Any, source: str, target: str) -> None:
        for each in sorted(each for each in self if each.startswith(f"{source}/")):
            self.step()
            self[target + each.removeprefix(source)] = self[each]
        self.remove_folder(spark, source)

    def move_file(self, _: Any, source: str, target: str) -> None:
        self.step()
        self[target] = self[source]
        self.step()
        del self[source]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with something of somebody else's in it, and a machine that has converted nothing yet."""
    objects = Store({"s3a://lake/tables/theirs": "theirs", "s3a://lake/tables/t2/part-0": "of another table"})
    for module in (remote_destination, remote_swap):
        for name in vars(module).keys() & vars(Store).keys():
            monkeypatch.setattr(module, name, getattr(objects, name))
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "here" / name)
    return objects


def opened() -> RemoteDestination:
    destination = RemoteDestination(FOLDER)
    try:
        destination.open(object())  # type: ignore[arg-type]
    except BaseException:
        destination._here.release()
        raise
    return destination


def convert(store: Store) -> None:
    """What a conversion does; its end by a kill is the end of its locks."""
    destination = opened()
    try:
        for name, text in NEW.items():
            store.write_text(None, f"{destination.warehouse}/db/t/{name}", text, False)
        destination.swap_in(f"{destination.warehouse}/db/t")
        destination.commit()
        destination.close()
    finally:
        destination._here.release()


def beside(store: Store) -> dict[str, str]:
    """What is there beside the table and its work folder."""
    ours = (f"{FOLDER}/", "s3a://lake/tables/.t.otfbench/")
    return {key: text for key, text in store.items() if not key.startswith(ours)}


def fill(store: Store, files: dict[str, str]) -> None:
    """Put what was there before."""
    store.update({f"{FOLDER}/{name}": text for name, text in files.items()})


def table(store: Store) -> dict[str, str]:
    return {key.removeprefix(f"{FOLDER}/"): text for key, text in store.items() if key.startswith(f"{FOLDER}/")}


def test_the_table_is_there_and_nothing_else(store: Store) -> None:
    """No work folder is left, and no claim on this machine."""
    before = dict(store)
    convert(store)
    assert table(store) == NEW
    assert beside(store) == before
    assert len(store) == len(before) + len(NEW)


@pytest.mark.parametrize("old", [{}, OLD], ids=["nothing before", "a table before"])
@pytest.mark.parametrize("steps", range(46))
def test_a_kill_at_any_step_is_put_right_by_the_next(store: Store, steps: int, old: dict[str, str]) -> None:
    """The next conversion finds what was there before, or the new table: whole. What others have stays."""
    before = dict(store)
    fill(store, old)
    store.steps = steps
    with suppress(Killed):
        convert(store)
    done, store.steps = store.steps >= 0, 10**9
    assert not done or steps > 12, "no step was counted"
    opened().close()
    assert table(store) == NEW or not done and table(store) == old
    assert beside(store) == before
    assert not [key for key in store if "otfbench" in key]
    convert(store)
    assert table(store) == NEW


@pytest.mark.parametrize("first", range(8, 40, 3))
@pytest.mark.parametrize("second", range(1, 16))
def test_a_kill_while_one_is_put_right(store: Store, first: int, second: int) -> None:
    """The one after next does it."""
    fill(store, OLD)
    for steps in (first, second):
        store.steps = steps
        with suppress(Killed):
            convert(store)
    store.steps = 10**9
    opened().close()
    assert table(store) in (OLD, NEW)


def test_a_marker_of_which_nothing_was_written(store: Store) -> None:
    """By the kill of a conversion of this machine: it is the next one's to remove."""
    opened()._here.release()
    store["s3a://lake/tables/.t.otfbench/.otfbench"] = ""
    convert(store)
    assert table(store) == NEW


def test_what_others_put_there_meanwhile_stays(store: Store) -> None:
    """A killed conversion's own objects are removed by name and size; what is left is in the way."""
    destination = opened()
    for name, text in NEW.items():
        store.write_text(None, f"{destination.warehouse}/db/t/{name}", text, False)
    destination.swap_in(f"{destination.warehouse}/db/t")
    destination._here.release()
    store[f"{FOLDER}/theirs"], store[f"{FOLDER}/part-1"] = "theirs", "written by somebody else"
    second = opened()
    assert second.exists
    second.close()
    assert table(store) == {"theirs": "theirs", "part-1": "written by somebody else"}


def test_what_others_put_where_a_table_was(store: Store) -> None:
    """It is in the way of what was there before: both are named, and neither is touched."""
    fill(store, OLD)
    destination = opened()
    store.write_text(None, f"{destination.warehouse}/db/t/part-0", "rows", False)
    destination.swap_in(f"{destination.warehouse}/db/t")
    destination._here.release()
    store[f"{FOLDER}/theirs"] = "theirs"
    with pytest.raises(UsageError, match="what was there before is in s3a://lake/tables/.t.otfbench/old"):
        opened()
    assert table(store) == {"theirs": "theirs"}
    del store[f"{FOLDER}/theirs"]
    opened().close()
    assert table(store) == OLD


def test_something_that_comes_in_between_stays(store: Store) -> None:
    """The new table isn't moved."""
    destination = opened()
    store.write_text(None, f"{destination.warehouse}/db/t/part-0", "rows", False)
    store[f"{FOLDER}/theirs"] = "theirs"
    with pytest.raises(UsageError, match="changed by somebody else"):
        destination.swap_in(f"{destination.warehouse}/db/t")
    destination.close()
    assert table(store) == {"theirs": "theirs"}
    assert not [key for key in store if "otfbench" in key]


@pytest.mark.parametrize("old", [{}, OLD], ids=["nothing before", "a table before"])
def test_a_table_that_is_wrong_is_rolled_back(store: Store, old: dict[str, str]) -> None:
    """What was there before is there again."""
    fill(store, old)
    before = dict(store)
    destination = opened()
    store.write_text(None, f"{destination.warehouse}/db/t/part-0", "rows", False)
    destination.swap_in(f"{destination.warehouse}/db/t")
    destination.close()
    assert store == before


def test_another_machine_and_another_process_are_left_alone(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is told by its lock, the other by its marker."""
    first = opened()
    with pytest.raises(UsageError, match="in use by another process"):
        RemoteDestination(FOLDER)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "there" / name)
    with pytest.raises(UsageError, match="another conversion into it has begun"):
        opened()
    first.close()
    opened().close()


def test_a_folder_that_is_not_ours_is_left_alone(store: Store) -> None:
    """Where the work folder would be."""
    store["s3a://lake/tables/.t.otfbench/.otfbench"] = "theirs"
    with pytest.raises(UsageError, match="is in the way: otfbench didn't write it"):
        opened()
    assert store["s3a://lake/tables/.t.otfbench/.otfbench"] == "theirs"


@pytest.mark.parametrize("folder", ["s3a://lake", "s3a://lake/", "s3a://lake/a b", "s3a://lake/a?b", "hdfs:///"])
def test_a_name_that_no_table_can_have(store: Store, folder: str) -> None:
    """A bucket alone, and letters that formats take for something else."""
    with pytest.raises(UsageError, match="must be a folder in a bucket or file system"):
        RemoteDestination(folder)
