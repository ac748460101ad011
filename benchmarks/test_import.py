"""Ways into a table: Parquet files that become one as they are, against writing them anew; and what comes after it."""

from otfbench.workloads import Capability, needs, only_in, scan, variants


@only_in("life")
@needs(Capability.IMPORT)
@variants("cow")
def test_import(measure, importable):
    """Make a table of Parquet files as they are."""
    measure(importable.bring_in, expect=importable.expected)


@only_in("life")
@needs(Capability.IMPORT)
@variants("cow")
def test_import_partitioned(measure, partitioned_importable):
    """The same of files in folders that name the values of a column."""
    measure(partitioned_importable.bring_in, expect=partitioned_importable.expected)


@only_in("life")
@variants("cow")
def test_import_rewritten(measure, rewritable):
    """Read the same files and write a table."""
    measure(rewritable.bring_in, expect=rewritable.expected)


@only_in("life")
@needs(Capability.IMPORT)
@variants("cow")
def test_scan_imported(measure, imported):
    """Read every value of every row of a table that was imported."""
    measure(scan, imported, expect=imported.rows)


@only_in("life")
@variants("cow")
def test_scan_rewritten(measure, table):
    """The same of a table that was written."""
    measure(scan, table, expect=table.rows)


@only_in("life")
@needs(Capability.IMPORT, Capability.MERGE)
@variants("cow")
def test_merge_imported(measure, imported):
    """The first merge into a table that was imported: changes of 5 % of the rows, and 1 % of new ones."""
    change = imported.initial_rows.upserted(updates=0.05, inserts=0.01)
    measure(imported.merge, change, expect=change.result)


@only_in("life")
@needs(Capability.MERGE)
@variants("cow")
def test_merge_rewritten(measure, table):
    """The same into a table that was written."""
    change = table.initial_rows.upserted(updates=0.05, inserts=0.01)
    measure(table.merge, change, expect=change.result)
