"""Whether what a case left behind is what it must be. Times nothing, and knows nothing of rounds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from otfbench.data.dataset import Dataset
from otfbench.data.digest import differences, digest, same_columns
from otfbench.data.evidence import Digest
from otfbench.data.second_reading import EQUAL, EQUAL_TO_SPARK
from otfbench.errors import ContentError
from otfbench.formats.sql import quoted
from otfbench.measure.subject import Subject
from otfbench.tables.expectations import Expected
from otfbench.tables.session import Session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Verified:
    """A verdict on content, and on what it rests."""

    hashed: bool
    """Whether contents are compared by digest, not by their number of rows alone."""
    verdict: str = "unchecked"
    expected: Digest | None = None
    actual: Digest | None = None


class ContentCheck:
    """Compares the content of one case with what it must be, as often as it is asked."""

    def __init__(self, session: Session, subject: Subject, case_id: str, verify: str, proven: bool) -> None:
        """`proven`: whether what is expected doesn't rest on Spark's reading of the source alone."""
        self._session, self._subject, self._case_id, self._verify = session, subject, case_id, verify
        self._equal = EQUAL if proven else EQUAL_TO_SPARK
        self.last = Verified(verify in ("digest", "always"))

    def check(self, result: Any, expect: Dataset | DataFrame) -> None:
        """Compare what is there with what must be there; `result` is what the action returned.

        Raises ContentError where they differ.
        """
        if self._verify == "off":
            return
        rows = self._content(result)
        if self._verify == "count":
            self._check_count(rows, expect)
            return
        wanted = self._expectation(expect)
        actual = None
        if same_columns(wanted.rows, rows):
            rows = rows.select(*map(quoted, wanted.rows.columns))
            actual = digest(rows)
        verdict = self._equal if actual == wanted.digest else "unequal"
        self.last = replace(self.last, verdict=verdict, expected=wanted.digest, actual=actual)
        if verdict == "unequal":
            raise ContentError(
                f"{self._case_id}: the content is not what it must be.\n{differences(wanted.rows, rows)}"
            )

    def _check_count(self, rows: DataFrame, expect: Dataset | DataFrame) -> None:
        """The number of rows can prove a content wrong, but not right."""
        from pyspark.sql import DataFrame

        row_count = rows.count()
        expected = expect.count() if isinstance(expect, DataFrame) else expect.rows
        verdict = self.last.verdict if row_count == expected else "unequal"
        self.last = replace(self.last, verdict=verdict, expected=Digest(expected, 0), actual=Digest(row_count, 0))
        if verdict == "unequal":
            raise ContentError(f"{self._case_id}: {row_count} rows are there, {expected} must be.")

    def _expectation(self, expect: Dataset | DataFrame) -> Expected:
        """A dataset's rows as the table has to hold them; rows are taken as they are."""
        from pyspark.sql import DataFrame

        if isinstance(expect, DataFrame):
            return self._session.expectations.of_rows(expect)
        table = self._subject.table
        return self._session.expectations.of(expect, table.adaptations if table else ())

    def _content(self, result: Any) -> DataFrame:
        """What the action returned, if that is rows; else what is in the table; else what is in the files."""
        from pyspark.sql import DataFrame

        if isinstance(result, DataFrame):
            return result
        if self._subject.table:
            return self._subject.table.read()
        assert self._subject.source is not None, "a workload has files or a table"
        return self._subject.source.read(self._session.spark)
