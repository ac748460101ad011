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
    losses = {
        **TableFormat.losses,
        **dict.fromkeys(("void", "array of void", "map of void", "struct of void"), "ORC has no void"),
        **dict.fromkeys(("name ''", "name 'a`b'", "struct, a field without a name"), "ORC can't quote such a name"),
        **dict.fromkeys(("not null", "not null, given null"), "files don't say that a column is never null"),
        "partition value: empty string": "it is null",
        "partition value: '__HIVE_DEFAULT_PARTITION__'": "it is null",
        "timestamp": "fractions of a second before 1970 are off by a second",
        "partition value: binary": "the name of a folder can't contain a zero byte",
        "all columns are partition columns": "a file needs at least one column",
    }

    def conf(self, warehouse):
        return {"spark.sql.warehouse.dir": warehouse}

    def substitute_type(self, dtype):
        return None

    def is_table(self, folder):
        files = [path for path in folder.rglob("*") if path.is_file() and path.name[0] not in "._"]
        return bool(files) and all(path.open("rb").read(3) == b"ORC" for path in files)

    def live_files(self, files):
        named = self.spark.table(self.identifier).inputFiles()
        return {local_path(uri) for uri in named}.intersection(files)
