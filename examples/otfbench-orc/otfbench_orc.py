"""Plain ORC files, written by Spark, as a table format of otfbench."""

import re

from otfbench.formats.base import TableFormat
from otfbench.formats.hadoop import local_path
from otfbench.formats.model import Capability


class Orc(TableFormat):
    """Spark's own ORC tables: every file in the folder is live, nothing is transactional."""

    name = "orc"
    contract = 1
    plain_files = True
    schema_in_catalog = True
    capabilities = frozenset({Capability.APPEND, Capability.OVERWRITE})
    metadata = re.compile(r"(^|/)_[^/]*$")  # _SUCCESS
    properties_clause = "OPTIONS"
    losses = {**TableFormat.losses}

    def conf(self, warehouse):
        return {"spark.sql.warehouse.dir": warehouse}

    def substitute_type(self, dtype):
        return None

    def is_table(self, folder):
        files = [path for path in folder.rglob("*") if path.is_file() and path.name[0] not in "._"]
        return bool(files) and all(path.open("rb").read(3) == b"ORC" for path in files)

    def live_files(self, spark, table, files):
        named = spark.table(self.identifier(table)).inputFiles()
        return {local_path(uri) for uri in named}.intersection(files)
