"""Whether what a case left behind is what it must be. Times nothing, and knows nothing of rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from otfbench.data.dataset import Dataset
from otfbench.data.digest import differences, digest, same_columns
from otfbench.data.evidence import Digest
from otfbench.data.second_reading import EQUAL, EQUAL_TO_SPARK
from otfbench.errors import ContentError
from otfbench.formats.sql import quoted
from otfbench.measure.record import Subject
from otfbench.tables.expectations import Expected
from otfbench.tables.session import Session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


class ContentCheck:
    """The verdict on one case, and on what it rests."""

    def __init__(self, session: Session, subject: Subject, case_id: str, verify: str, proven: bool) -> None:
        """`proven`: whether what is expected doesn't rest on Spark's reading of the source alone."""
        self._session, self._subject, self._case_id, self._verify = session, subject, case_id, verify
        self._equal = EQUAL if proven else EQUAL_TO_SPARK
        self.verdict = "unchecked"
        self.expected: Digest | None = None
        self.actual: Digest | None = None

    @property
    def hashed(self) -> bool:
        """Whether contents are compared by digest, not by their number of rows alone."""
        return self._verify in ("digest", "always")

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
        self.expected, self.actual = wanted.digest, None
        if same_columns(wanted.rows, rows):
            rows = rows.select(*map(quoted, wanted.rows.columns))
            self.actual = digest(rows)
        self.verdict = self._equal if self.actual == self.expected else "unequal"
        if self.verdict == "unequal":
            raise ContentError(
                f"{self._case_id}: the content is not what it must be.\n{differences(wanted.rows, rows)}"
            )

    def _check_count(self, rows: DataFrame, expect: Dataset | DataFrame) -> None:
        """The number of rows can prove a content wrong, but not right."""
        from pyspark.sql import DataFrame

        row_count = rows.count()
        expected = expect.count() if isinstance(expect, DataFrame) else expect.rows
        self.expected, self.actual = Digest(expected, 0), Digest(row_count, 0)
        if row_count != expected:
            self.verdict = "unequal"
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
