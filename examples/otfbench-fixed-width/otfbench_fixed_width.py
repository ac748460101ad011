"""Fixed-width text as an input of otfbench: 48 characters a column; a value ends with |, an empty field is null."""

from otfbench.errors import DatasetError
from otfbench.inputs.base import Input

WIDTH = 48
FIELD = f"""if(length(CAST({{0}} AS STRING)) < {WIDTH} AND NOT contains(CAST({{0}} AS STRING), '\\n'),
    rpad(CAST({{0}} AS STRING) || '|', {WIDTH}, ' '),
    if({{0}} IS NULL, repeat(' ', {WIDTH}), raise_error('a value of {{0}} is too long, or has a line break')))"""


class FixedWidth(Input):
    name = "fixed-width"
    contract = 1
    before = ("csv",)  # which takes any text for its own
    source = "text"
    nested = False
    typed = True  # there is nothing to infer: only the schema tells how many columns there are

    def sniff(self, path):
        with open(path, encoding="utf-8", errors="replace", newline="\n") as file:
            line = file.readline(1000 * WIDTH).removesuffix("\n")
        fields = [line[start : start + WIDTH].rstrip(" ") for start in range(0, len(line), WIDTH)]
        return len(line) % WIDTH == 0 and any(fields) and all(field[-1:] in ("", "|") for field in fields)

    def save(self, rows, path, options):
        fields = " || ".join(FIELD.format(f"`{name}`") for name in rows.columns)
        rows.selectExpr(f"{fields} AS value").write.text(path, lineSep="\n")

    def read(self, spark, path, schema):
        return self.read_foreign(spark, [path], spark.createDataFrame([], schema).schema, {})

    def read_foreign(self, spark, paths, schema, options):
        if schema is None:
            raise DatasetError("fixed-width text has no names: give datasets.schema")
        field = "regexp_replace(nullif(rtrim(substr(value, {0}, {1})), ''), '[|]$', '')"
        columns = [
            f"CAST({field.format(n * WIDTH + 1, WIDTH)} AS {column.dataType.simpleString()}) AS `{column.name}`"
            for n, column in enumerate(schema)
        ]
        return spark.read.text(paths, lineSep="\n").selectExpr(*columns)
