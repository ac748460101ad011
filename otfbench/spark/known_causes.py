"""The table of known causes: what is searched for in errors of Java's, and the reason in words. Knows no format."""

from __future__ import annotations

from otfbench.errors import Key, Text


def _of_calendars(option: str) -> Text:
    return (
        "it has days before 1582-10-15 or times before 1900, and doesn't tell by which calendar. Give ",
        Key("options", (option, "CORRECTED")),
        " for the calendar of today, by which all but Spark 2 and Hive write; ",
        Key("options", (option, "LEGACY")),
        " for theirs",
    )


_OF_ANOTHER_TYPE: Text = (
    "column {column} is {stored} in the file, which Spark doesn't read as {type}: give the type that it has there in ",
    Key("schema"),
)

KNOWN: tuple[tuple[str, Text], ...] = (
    (r"READ_ANCIENT_DATETIME.*int96RebaseMode", _of_calendars("int96RebaseMode")),
    (r"READ_ANCIENT_DATETIME", _of_calendars("datetimeRebaseMode")),
    (
        r"WRITE_ANCIENT_DATETIME",
        ("Spark's Parquet writer refuses days before 1582-10-15 and times before 1900, which old readers misread",),
    ),
    (
        r"Syntax error at or near .* == SQL == .*?(?P<type>uniontype<.*>|timestamp with local time zone)",
        (
            "it has a column of type {type}, which Spark doesn't have. Rewrite the file with another type (a struct "
            "with a field for each type of a union, a timestamp for a time in a local zone), or without the column",
        ),
    ),
    (r"could not decode the dictionary for \[(?P<column>[^\]]+)\]", ("a block of column {column} is damaged",)),
    (
        r"Unexpected end of (input stream|ZLIB)|EOFException|InvalidProtocolBufferException.*ended unexpectedly",
        ("it ends too early: it is damaged, or was cut off",),
    ),
    (
        r"FAILED_TO_UNCOMPRESS|[Bb]ad compression data|ZipException|DataFormatException|BZip2|CorruptedInputException"
        r"|[Zz]stdI?O?Exception|InvalidNumberEncodingException|[Cc]ould not (decompress|uncompress)",
        ("a block of it is damaged: what is in it can't be unpacked",),
    ),
    (
        r"InvalidAccessKeyId|SignatureDoesNotMatch",
        ("the store doesn't know the access key, or the secret isn't its own",),
    ),
    (r"NoSuchBucket|UnknownStoreException", ("there is no such bucket",)),
    (
        r"NoAuthWithAWSException|No AWS Credentials|Unable to load (AWS )?credentials",
        (
            "there are no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give "
            "spark.hadoop.fs.s3a.access.key and .secret.key",
        ),
    ),
    (
        r"AccessDenied|(Status Code|Error Code): 403|403 Forbidden",
        ("the store refuses access: the keys are wrong, or may not do this",),
    ),
    (
        r"No FileSystem for scheme \"?(?P<scheme>[\w+.-]+)|Class org.apache.hadoop.fs.(?P<module>s3a)\S+ not found",
        (
            "Spark has no jars for this kind of URI: give them in otfbench.yaml, as "
            "spark: {{jars: [group:artifact:version]}}",
        ),
    ),
    (r"UnknownHostException", ("its host isn't known here",)),
    (
        r"ConnectException|Connection refused|[Cc]onnect timed out|ConnectTimeoutException|NoRouteToHost",
        ("nothing answers at its address",),
    ),
    (
        r"ClassNotFoundException: org\.apache\.hadoop\.io\.compress\.(?P<codec>\w+)Codec",
        ("it is packed by {codec}, for which Spark has no library. Rewrite it packed by zstd, snappy or gzip",),
    ),
    (
        r"Unsupported encoding: (?P<encoding>[A-Z_]+)",
        ("a column is in the encoding {encoding}, which Spark doesn't know. Rewrite the file without that encoding",),
    ),
    (
        r"nanos > 999999999 or < 0",
        (
            "its times before 1970 are written as Spark's reader doesn't know them, as ORC's writer in C++ does. "
            "Rewrite it as Parquet",
        ),
    ),
    (r"is not a Parquet file", ("it is not a Parquet file, or its end is missing",)),
    (
        r"Malformed ORC file|InvalidProtocolBufferException|Invalid postscript|Not a valid ORC file",
        ("it is not an ORC file, or its footer at the end is damaged",),
    ),
    (r"Not an Avro data file", ("it is not an Avro file",)),
    (
        r"COLUMN_ALREADY_EXISTS\] The column (?P<column>`.*?`) already exists",
        ("two columns are called {column}, which are one name to Spark: upper and lower case are the same",),
    ),
    (
        r"should not have output of char/varchar type|UNSUPPORTED_CHAR_OR_VARCHAR_AS_STRING",
        (
            "char(n) and varchar(n) are types of tables. What Spark reads from files is neither padded nor cut: "
            "declare the column as string",
        ),
    ),
    (
        r"(Unable to parse datatype\.|Unsupported data type) \"?(?P<type>[^\".]+)",
        (
            "{type} is no type of columns in files. There are boolean, tinyint, smallint, int, bigint, float, double, "
            "decimal(p,s), string, binary, date, timestamp, timestamp_ntz, array<...>, map<...,...>, struct<name:...>",
        ),
    ),
    (
        r"The (?P<kind>\w+) datasource doesn't support the column `(?P<column>[^`]+)` of the type \"(?P<type>[^\"]+)",
        ("column {column} is {type}, which {kind} doesn't have: give another type, as string, in ", Key("schema")),
    ),
    (
        r"column: \[(?P<column>[^\]]+)\], physicalType: (?P<stored>\w+), logicalType: (?P<type>[^|]+)",
        _OF_ANOTHER_TYPE,
    ),
    (
        r"Cannot convert Avro (field|type) '?(?P<column>[^']+)' to SQL .*avroType = \"?(?P<stored>[^\",]+)\"?, "
        r"sqlType = \"?(?P<type>[^\"\)]+)",
        _OF_ANOTHER_TYPE,
    ),
    (
        r"UTF8String cannot be cast to class",
        (
            "keys of JSON are text, and a map is declared with others: declare it as map<string,...> in ",
            Key("schema"),
        ),
    ),
    (
        r"encoding must not be included in the denyList when multiLine is disabled",
        (
            "Spark reads no lines of JSON in this encoding under its name. Leave it out where files begin with a mark, "
            "else give ",
            Key("options", ("encoding", "UTF-16LE")),
            " (or BE)",
        ),
    ),
    (
        r"(week-based patterns are unsupported|pattern letter|reserved character|DATETIME_PATTERN_RECOGNITION"
        r"|Fail to recognize)",
        (
            "an option has a pattern for days or times that Spark doesn't know. Its letters are those of ",
            Key("options", ("timestampFormat", "yyyy-MM-dd HH:mm:ss.SSSXXX")),
        ),
    ),
    (
        r"(Unknown time-zone ID|Invalid ID for .*ZoneId).*?: ?(?P<zone>[\w+/:-]+)",
        ("Java knows no time zone {zone}. Names are as in ", Key("options", ("timeZone", "Europe/Berlin"))),
    ),
    (
        r"TextParsingException.*Index \d+ out of bounds for length",
        (
            "a line has more columns than the option maxColumns, or a value more letters than maxCharsPerColumn, "
            "allows. Leave both out, or give more, as ",
            Key("options", ("maxColumns", "100000")),
        ),
    ),
    (
        r"Codec \[(?P<codec>[^\]]*)\] is not available",
        ("Spark knows no codec {codec}. The option compression is for writing: leave it out",),
    ),
    (
        r"(?=.*(File name too long|Mkdirs failed to create|path component name limit))"
        r".*?/(?P<column>[^/=\s]+)=[^/]{60,}",
        (
            "a value of {column} is longer than the name of a folder can be, which has 255 bytes: leave it out of ",
            Key("partition_by"),
        ),
    ),
    (
        r"Failed to cast value `(?P<value>[^`]*)` to `[^`]*` for partition column `(?P<column>[^`]+)`",
        (
            "column {column} is in names of folders, and its value {value} is none of the type that is declared: give "
            "another in ",
            Key("schema"),
        ),
    ),
    (
        r"Text '(?P<text>[^']*)' could not be parsed",
        (
            "{text} is no day or time as they are expected: give their pattern, as ",
            Key("options", ("timestampFormat", "yyyy-MM-dd HH:mm:ss")),
            " or dateFormat, or declare the column as string in ",
            Key("schema"),
        ),
    ),
    (r"Insert Into to \w+ table failed", ("the format failed to write the rows, and gives no reason",)),
    (
        r"Unsupported special character for delimiter",
        (r"a separator is given by itself, or as \t, \r, \b, \f or \u0000; as sep=$'\x01' in a shell",),
    ),
    (r"UNABLE_TO_INFER_SCHEMA", ("Spark finds no file there that tells columns",)),
    (r"FileNotFoundException|FILE_NOT_EXIST", ("a file is gone that was there before: the source has changed",)),
    (
        r"No space left on device|Disk quota exceeded",
        ("there is no room left where Spark writes: in the folder for temporary files (TMPDIR), or beside the table",),
    ),
    (r"AccessControlException|Permission denied", ("permission denied",)),
    (
        r"OutOfMemoryError|Java heap space|GC overhead limit",
        ("Java ran out of memory: give it more in otfbench.yaml, as spark: {{driver_memory: 8g}}",),
    ),
)
"""What is searched for in the chain of causes, in one line -> the reason in words, {group} for what was found there.

The first row that fits counts. A reason is the rest of a sentence: "FILE can't be read as KIND: ".
"""
