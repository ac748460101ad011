"""What is said of Java's errors: known causes, and what is left of the others. The texts are those of real errors."""

import pytest

from otfbench.errors import Key
from otfbench.spark.causes import KNOWN, reason

FOOTER = "[CANNOT_READ_FILE_FOOTER] Could not read footer for file: file:/d/a.x. Please ensure that the file is valid."
READING = "org.apache.spark.SparkException: Encountered error while reading file file:///d/a.x. Details:"
ANCIENT = "org.apache.spark.SparkUpgradeException: [INCONSISTENT_BEHAVIOR_CROSS_VERSION."
DAMAGED = "a block of it is damaged: what is in it can't be unpacked"
OLD = "it has days before 1582-10-15 or times before 1900, and doesn't tell by which calendar. Give "
BY_ANY = " for the calendar of today, by which all but Spark 2 and Hive write; "


NO_TYPE = (
    "no type of columns in files. There are boolean, tinyint, smallint, int, bigint, float, double, decimal(p,s), "
    "string, binary, date, timestamp, timestamp_ntz, array<...>, map<...,...>, struct<name:...>"
)
PATTERN = (
    "an option has a pattern for days or times that Spark doesn't know. Its letters are those of datasets.options "
    "timestampFormat: yyyy-MM-dd HH:mm:ss.SSSXXX"
)
ZONE = "Java knows no time zone Mars. Names are as in datasets.options timeZone: Europe/Berlin"
LONG = (
    "a value of p is longer than the name of a folder can be, which has 255 bytes: leave it out of "
    "datasets.partition_by"
)


class Java:
    """An error of Java's as py4j shows it, with the errors that caused it."""

    def __init__(self, texts):
        self.texts = texts

    def toString(self):
        return self.texts[0]

    def getCause(self):
        return Java(self.texts[1:]) if self.texts[1:] else None


def java(*texts):
    """An error that came through py4j, the outermost first."""
    error = Exception("An error occurred while calling o1.load")
    error.java_exception = Java(texts)
    return error


TEXTS = [
    (f"{ANCIENT}READ_ANCIENT_DATETIME] You may get a different result: set spark.sql.parquet.datetimeRebaseModeInRead",
     OLD + "datasets.options datetimeRebaseMode: CORRECTED" + BY_ANY
     + "datasets.options datetimeRebaseMode: LEGACY for theirs"),
    (f"{ANCIENT}READ_ANCIENT_DATETIME] from Parquet INT96 files: set spark.sql.parquet.int96RebaseModeInRead",
     OLD + "datasets.options int96RebaseMode: CORRECTED" + BY_ANY
     + "datasets.options int96RebaseMode: LEGACY for theirs"),
    (f"{ANCIENT}WRITE_ANCIENT_DATETIME] You may get a different result due to the upgrading to Spark >= 3.0:",
     "Spark's Parquet writer refuses days before 1582-10-15 and times before 1900, which old readers misread"),
    ("ParseException: [PARSE_SYNTAX_ERROR] Syntax error at or near '<'.(line 1, pos 9) == SQL == uniontype<int,string>"
     " ---------^^^",
     "it has a column of type uniontype<int,string>, which Spark doesn't have. Rewrite the file with another type (a "
     "struct with a field for each type of a union, a timestamp for a time in a local zone), or without the column"),
    ("java.lang.IllegalStateException: [BUG] logical plan should not have output of char/varchar type: LogicalRDD",
     "char(n) and varchar(n) are types of tables. What Spark reads from files is neither padded nor cut: declare the "
     "column as string"),
    ("java.io.IOException: could not decode the dictionary for [text] optional binary text (STRING)",
     "a block of column text is damaged"),
    ("IllegalArgumentException: Unsupported special character for delimiter: \\u",
     r"a separator is given by itself, or as \t, \r, \b, \f or \u0000; as sep=$'\x01' in a shell"),
    ("java.io.IOException: No space left on device",
     "there is no room left where Spark writes: in the folder for temporary files (TMPDIR), or beside the table"),
    ("java.io.EOFException: Unexpected end of input stream", "it ends too early: it is damaged, or was cut off"),
    ("java.io.IOException: FAILED_TO_UNCOMPRESS(5)", DAMAGED),
    ("java.util.zip.DataFormatException: invalid block type", DAMAGED),
    ("java.io.IOException: BZip2 CRC error", DAMAGED),
    ("org.tukaani.xz.CorruptedInputException: Compressed data is corrupt", DAMAGED),
    ("org.apache.avro.InvalidNumberEncodingException: Invalid long encoding", DAMAGED),
    ("java.lang.ClassNotFoundException: org.apache.hadoop.io.compress.BrotliCodec",
     "it is packed by Brotli, for which Spark has no library. Rewrite it packed by zstd, snappy or gzip"),
    ("java.lang.UnsupportedOperationException: Unsupported encoding: BYTE_STREAM_SPLIT",
     "a column is in the encoding BYTE_STREAM_SPLIT, which Spark doesn't know. Rewrite the file without that encoding"),
    ("java.lang.IllegalArgumentException: nanos > 999999999 or < 0",
     "its times before 1970 are written as Spark's reader doesn't know them, as ORC's writer in C++ does. Rewrite it "
     "as Parquet"),
    ("java.lang.RuntimeException: file:/d/a.x is not a Parquet file. Expected magic number at tail, but found [1, 2]",
     "it is not a Parquet file, or its end is missing"),
    ("org.apache.orc.FileFormatException: Malformed ORC file file:/d/a.x. Invalid postscript.",
     "it is not an ORC file, or its footer at the end is damaged"),
    ("org.apache.orc.protobuf.InvalidProtocolBufferException: Protocol message contained an invalid tag (zero).",
     "it is not an ORC file, or its footer at the end is damaged"),
    ("java.io.IOException: Not an Avro data file", "it is not an Avro file"),
    ("com.amazonaws.services.s3.model.AmazonS3Exception: The AWS Access Key Id you provided does not exist in our"
     " records. (Service: Amazon S3; Status Code: 403; Error Code: InvalidAccessKeyId; Request ID: 1)",
     "the store doesn't know the access key, or the secret isn't its own"),
    ("org.apache.hadoop.fs.s3a.UnknownStoreException: `s3a://none/': Bucket does not exist", "there is no such bucket"),
    ("org.apache.hadoop.fs.s3a.auth.NoAuthWithAWSException: No AWS Credentials provided by"
     " TemporaryAWSCredentialsProvider",
     "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give"
     " spark.hadoop.fs.s3a.access.key and .secret.key"),
    ("java.nio.file.AccessDeniedException: s3a://b/a: getFileStatus on s3a://b/a: Forbidden (Status Code: 403; Error"
     " Code: 403 Forbidden)",
     "the store refuses access: the keys are wrong, or may not do this"),
    ("java.net.UnknownHostException: none.invalid", "its host isn't known here"),
    ("java.net.ConnectException: Call From a/1 to b:1 failed on connection exception: Connection refused",
     "nothing answers at its address"),
    ("AnalysisException: [COLUMN_ALREADY_EXISTS] The column `a` already exists. Consider to choose another name.",
     "two columns are called `a`, which are one name to Spark: upper and lower case are the same"),
    ("TypeError: Unable to parse datatype. interval", f"interval is {NO_TYPE}"),
    ('ParseException: [UNSUPPORTED_DATATYPE] Unsupported data type "INTT".(line 1, pos 2) == SQL == a intt --^^^',
     f"INTT is {NO_TYPE}"),
    ("AnalysisException: [UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE] The CSV datasource doesn't support the column `d` of"
     ' the type "BINARY".',
     "column d is BINARY, which CSV doesn't have: give another type, as string, in datasets.schema"),
    ("org.apache.spark.sql.execution.datasources.SchemaColumnConvertNotSupportedException: column: [id], physicalType:"
     " INT64, logicalType: string",
     "column id is INT64 in the file, which Spark doesn't read as string: give the type that it has there in"
     " datasets.schema"),
    ("org.apache.spark.sql.avro.IncompatibleSchemaException: Cannot convert Avro field 'id' to SQL field 'id' because"
     ' schema is incompatible (avroType = "long", sqlType = STRING)',
     "column id is long in the file, which Spark doesn't read as STRING: give the type that it has there in"
     " datasets.schema"),
    ("java.lang.ClassCastException: class org.apache.spark.unsafe.types.UTF8String cannot be cast to class"
     " java.lang.Integer (org.apache.spark.unsafe.types.UTF8String is in unnamed module of loader 'app')",
     "keys of JSON are text, and a map is declared with others: declare it as map<string,...> in datasets.schema"),
    ("IllegalArgumentException: requirement failed: The utf-16 encoding must not be included in the denyList when"
     " multiLine is disabled: denylist: UTF-16, UTF-32",
     "Spark reads no lines of JSON in this encoding under its name. Leave it out where files begin with a mark, else"
     " give datasets.options encoding: UTF-16LE (or BE)"),
    ("IllegalArgumentException: All week-based patterns are unsupported since Spark 3.0, detected: u, Please use the"
     " SQL function EXTRACT instead", PATTERN),
    ("java.lang.IllegalArgumentException: Unknown pattern letter: b", PATTERN),
    ("java.lang.IllegalArgumentException: Pattern includes reserved character: '{'", PATTERN),
    ("java.time.DateTimeException: Invalid ID for region-based ZoneId, invalid format: Mars", ZONE),
    ("java.time.zone.ZoneRulesException: Unknown time-zone ID: Mars", ZONE),
    ("com.univocity.parsers.common.TextParsingException: java.lang.ArrayIndexOutOfBoundsException - Index 2 out of"
     " bounds for length 2 Hint: Number of columns processed may have exceeded limit of 2 columns.",
     "a line has more columns than the option maxColumns, or a value more letters than maxCharsPerColumn, allows. Leave"
     " both out, or give more, as datasets.options maxColumns: 100000"),
    ("IllegalArgumentException: Codec [nosuch] is not available. Known codecs are bzip2, gzip, none.",
     "Spark knows no codec nosuch. The option compression is for writing: leave it out"),
    (f"java.io.IOException: Mkdirs failed to create file:/d/t/_temporary/0/p={'é' * 200} (exists=false, cwd=file:/d)",
     LONG),
    (f"java.nio.file.FileSystemException: /d/t/p={'a b ' * 70}/part-0.parquet: File name too long", LONG),
    ("SparkRuntimeException: Failed to cast value `01` to `ArrayType(IntegerType,true)` for partition column `d`.",
     "column d is in names of folders, and its value 01 is none of the type that is declared: give another in"
     " datasets.schema"),
    ("java.time.format.DateTimeParseException: Text '2020-01-01 00:00:00' could not be parsed at index 2",
     "2020-01-01 00:00:00 is no day or time as they are expected: give their pattern, as datasets.options"
     " timestampFormat: yyyy-MM-dd HH:mm:ss or dateFormat, or declare the column as string in datasets.schema"),
    ("org.apache.hudi.exception.HoodieException: Insert Into to Hudi table failed",
     "the format failed to write the rows, and gives no reason"),
    ("AnalysisException: [UNABLE_TO_INFER_SCHEMA] Unable to infer schema for Parquet. It must be specified manually.",
     "Spark finds no file there that tells columns"),
    ("java.io.FileNotFoundException: File file:/d/a.x does not exist",
     "a file is gone that was there before: the source has changed"),
    ("org.apache.hadoop.security.AccessControlException: Permission denied: user=me", "permission denied"),
    ("java.lang.OutOfMemoryError: Java heap space",
     "Java ran out of memory: give it more in otfbench.yaml, as spark: {driver_memory: 8g}"),
]  # fmt: skip


@pytest.mark.parametrize(("cause", "said"), TEXTS)
def test_known_causes(cause, said):
    """A known cause is said in words, wherever it stands in the chain."""
    assert "".join(map(str, reason(java("Job aborted", READING, cause), "/d/a.x"))) == said


def test_every_known_cause_is_tested():
    """No row of the table is without one of the texts above."""
    rows = [{words for _, words in KNOWN if reason(java(cause)) == words or "{" in str(words)} for cause, _ in TEXTS]
    assert set().union(*rows) == {words for _, words in KNOWN} and len(TEXTS) >= len(KNOWN)


def test_an_option_is_no_text():
    """What is to be typed depends on who reads it: a key of the file, or an option of the command."""
    assert Key("options", ("datetimeRebaseMode", "CORRECTED")) in reason(java(TEXTS[0][0]))


@pytest.mark.parametrize("line", ["java.lang.NullPointerException", "java.lang.NullPointerException: null"])
def test_silent_reader(line):
    """An error without a text, as of a type that Spark doesn't know, gives what is likely, and no class."""
    assert reason(java("Job aborted", FOOTER, line), "/d/a.x") == (
        "Spark's reader failed without a reason: the file may be damaged, or hold a type that Spark doesn't know",
    )
    assert reason(java(line)) == ("Spark failed without a reason",)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("java.lang.IllegalStateException: java.io.IOException: disk on fire", "disk on fire"),
        ("[CAST_INVALID_INPUT] The value 'x' can't be cast. SQLSTATE: 22018", "The value 'x' can't be cast"),
        ("AnalysisException: Cannot resolve `a`.; 'Project [a#1] +- Relation", "Cannot resolve `a`"),
        ("ParseException: Bad type \"INTEGR\".(line 1, pos 2) == SQL == a integr --^^^", 'Bad type "INTEGR"'),
        ("java.io.IOException: file:///d/a.x has a hole in it", "it has a hole in it"),
        ("IllegalArgumentException: requirement failed: 'x' must not be empty.", "'x' must not be empty"),
        ("ValueError: [E] of one's own", "[E] of one's own"),
    ],
)  # fmt: skip
def test_others_keep_their_sentence(line, said):
    """Of an unknown error its sentence is left, without classes, codes, plans, and the path once more."""
    assert reason(java(line), "/d/a.x") == (said,)


def test_no_cut_in_mid_sentence():
    """As many whole sentences as there is room for."""
    first, more = "One thing is wrong.", "Another thing is wrong as well."
    assert reason(java(f"{first} {' '.join([more] * 50)}")) == (f"{first} {' '.join([more] * 11)}".removesuffix("."),)
