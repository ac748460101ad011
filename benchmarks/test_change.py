"""What it costs to change a table."""

from pyspark.sql import functions as F

from otfbench.workloads import Capability, every_size, needs, variants


@needs(Capability.APPEND)
@variants("shipped", full=["mor", "aligned", "keyed"])
def test_commit(measure, table):
    """Append one row: what an operation costs before it does anything."""
    change = table.initial_rows.appended(0)
    measure(table.append, change, expect=change.result)


@every_size
@needs(Capability.APPEND)
@variants("shipped", full=["mor", "aligned", "keyed"])
def test_append(measure, table):
    """Append one percent of new rows."""
    change = table.initial_rows.appended(0.01)
    measure(table.append, change, expect=change.result)


@needs(Capability.OVERWRITE)
@variants("shipped", full=["aligned"])
def test_overwrite(measure, table):
    """Replace all rows."""
    change = table.initial_rows.replaced()
    measure(table.overwrite, change, expect=change.result)


@needs(Capability.OVERWRITE)
@variants("shipped")
def test_overwrite_partition(measure, partitioned):
    """Replace the rows of one partition."""
    change = partitioned.initial_rows.partition_replaced()
    measure(partitioned.overwrite_partition, change, expect=change.result)


@every_size
@needs(Capability.MERGE)
@variants("cow", default=["mor"], full=["aligned", "keyed"])
def test_merge(measure, table):
    """Merge changes of five percent of the rows, and one percent of new ones."""
    change = table.initial_rows.upserted(updates=0.05, inserts=0.01)
    measure(table.merge, change, expect=change.result)


@needs(Capability.MERGE)
@variants("cow", full=["mor", "keyed"])
def test_merge_scattered(measure, table):
    """Merge changes of one row in a thousand, all over the table."""
    change = table.initial_rows.upserted(updates=0.001, inserts=0)
    measure(table.merge, change, expect=change.result)


@needs(Capability.UPDATE)
@variants("cow", full=["mor", "keyed"])
def test_update(measure, table):
    """Update the five percent of the rows that a range of the key selects."""
    change = table.initial_rows.updated(table.initial_rows.range(0.05))
    measure(table.update, change, expect=change.result)


@needs(Capability.DELETE)
@variants("cow", full=["mor", "keyed"])
def test_delete_range(measure, table):
    """Delete the five percent of the rows that a range of the key selects."""
    change = table.initial_rows.deleted(table.initial_rows.range(0.05))
    measure(table.delete, change, expect=change.result)


@every_size
@needs(Capability.DELETE)
@variants("cow", default=["mor"], full=["keyed"])
def test_delete_keys(measure, table):
    """Delete a hundred rows by their keys, all over the table."""
    change = table.initial_rows.deleted(table.initial_rows.some(100))
    measure(table.delete, change, expect=change.result)


@needs(Capability.ADD_COLUMN)
@variants("shipped", full=["mor"])
def test_add_column(measure, table):
    """Add a column: old rows read null in it."""
    new = F.lit(None).cast("string")
    measure(table.add_column, "added", "string", expect=table.rows.withColumn("added", new))
