"""Secrets don't survive redaction, wherever a user writes them; what is harmless stays readable."""

import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otfbench import cli, redaction
from otfbench.errors import UsageError
from otfbench.redaction import HIDDEN
from otfbench.runs.file import read
from otfbench.spark.jvm import refuse_foreign_jvm

RECORDED = sorted((Path(__file__).parent / "recorded" / "runs").glob("*.json"))

X = "Pl4nt3d/+x=="  # a secret as Azure and AWS make them

BY_NAME = [
    "fs.azure.account.key.acct.dfs.core.windows.net",
    "spark.hadoop.fs.azure.account.key.acct.blob.core.windows.net",
    "fs.azure.account.oauth2.client.secret",
    "fs.azure.sas.container.acct.blob.core.windows.net",
    "fs.azure.sas.fixed.token.acct.dfs.core.windows.net",
    "fs.gs.auth.service.account.private.key",
    "fs.gs.auth.service.account.private.key.id",
    "google.cloud.auth.service.account.private.key",
    "spark.hadoop.fs.s3a.access.key",
    "fs.s3a.bucket.lake.secret.key",
    "fs.s3a.session.token",
    "fs.s3a.encryption.key",
    "AWS_SECRET_ACCESS_KEY",
    "AWSAccessKeyId",
    "spark.authenticate.secret",
    "spark.ssl.keyPassword",
    "spark.ssl.historyServer.trustStorePassword",
    "spark.kubernetes.authenticate.submission.oauthToken",
    "spark.sql.catalog.rest.credential",
    "spark.sql.catalog.rest.token",
    "parquet.encryption.key.list",
    "javax.jdo.option.ConnectionPassword",
    "db.pwd",
    "ldap.passwd",
    "gpg.passphrase",
    "storepass",
    "service.api.key",
    "apikey",
    "registry.auth",
    "basic.auth.user.info",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Goog-Signature",
    "PASSWD",
    "Pass_Phrase-Passphrase",
    "fs.obs.ak",
    "API_KEY",
    "aPi.KeY",
    "myApiKey",
    "client-key",
    "session_cookie",
]
"""Names of settings whose values are secrets."""

JSON_KEY = json.dumps({"type": "service_account", "private_key_id": X, "client_email": "me@acme.org"})
PEM = f"-----BEGIN PRIVATE KEY-----\n{X}\n{X}\n-----END PRIVATE KEY-----\n"
STORE = "-Djavax.net.ssl.keyStorePassword"
IN_TEXT = {
    "password in a URI": (f"s3a://AKIA:{X}@lake/orders", f"s3a://AKIA:{HIDDEN}@lake/orders"),
    "without a user": (f"redis://:{X}@host:6379", f"redis://:{HIDDEN}@host:6379"),
    "password of digits": ("ftp://u:12345@host/x", f"ftp://u:{HIDDEN}@host/x"),
    "password with colons": ("ftp://u:12:34:56@host/x", f"ftp://u:{HIDDEN}@host/x"),
    "within JDBC": (f"jdbc:postgresql://u:{X}@h:5432/db", f"jdbc:postgresql://u:{HIDDEN}@h:5432/db"),
    "JDBC query": ("jdbc:mysql://h/db?user=u&password=abc&ssl=1", f"jdbc:mysql://h/db?user=u&password={HIDDEN}&ssl=1"),
    "JDBC parts": (f"jdbc:sqlserver://h;password={{{X};y}};db=d", f"jdbc:sqlserver://h;password={HIDDEN};db=d"),
    "SAS": ("wasbs://c@a.net/x?sv=22&sig=abc%3D&se=30", f"wasbs://c@a.net/x?sv=22&sig={HIDDEN}&se=30"),
    "SAS alone": ("?sv=2022&sig=abc%3D", f"?sv=2022&sig={HIDDEN}"),
    "signed URL": ("https://h/x?X-Amz-Signature=abc&X-Date=1", f"https://h/x?X-Amz-Signature={HIDDEN}&X-Date=1"),
    "connection string": (f"AccountName=a;AccountKey={X};Suffix=net", f"AccountName=a;AccountKey={HIDDEN};Suffix=net"),
    "Java option": (f"-Xmx1g {STORE}={X},;& -Dx=y", f"-Xmx1g {STORE}={HIDDEN} -Dx=y"),
    "Java option, short": ("-Dpass=abc -Dx=y", f"-Dpass={HIDDEN} -Dx=y"),
    "Java option, quoted": ("'-Dp.password=a b' -Dx=y", f"'-Dp.password={HIDDEN}' -Dx=y"),
    "Java option in a setting": ("opts=-Dp.password=abc x", f"opts=-Dp.password={HIDDEN} x"),
    "command line": (f"--conf spark.x.secret={X} --master local", f"--conf spark.x.secret={HIDDEN} --master local"),
    "JAAS": ('Login required username="u" password="a b";', f'Login required username="u" password="{HIDDEN}";'),
    "JSON": (JSON_KEY, JSON_KEY.replace(X, HIDDEN)),
    "JSON in JSON": (json.dumps(JSON_KEY), json.dumps(JSON_KEY).replace(X, HIDDEN)),
    "Python": (f"conf was {{'a.token': '{X}', 'b': '1'}}", f"conf was {{'a.token': '{HIDDEN}', 'b': '1'}}"),
    "SQL": (f"TBLPROPERTIES ('a.secret' = '{X}', 'b' = '1')", f"TBLPROPERTIES ('a.secret' = '{HIDDEN}', 'b' = '1')"),
    "private key": (PEM, f"-----BEGIN PRIVATE KEY-----{HIDDEN}-----END PRIVATE KEY-----\n"),
    "private key, cut off": (PEM[:45], f"-----BEGIN PRIVATE KEY-----{HIDDEN}"),
    "user that is a token": ("https://t0ken@host/a.jar", f"https://{HIDDEN}@host/a.jar"),
    "key in a query": ("https://host/x?v=1&key=abc&z=1", f"https://host/x?v=1&key={HIDDEN}&z=1"),
    "Amazon's query": ("https://h/x?X-Amz-Credential=AKIA/x&a=1", f"https://h/x?X-Amz-Credential={HIDDEN}&a=1"),
    "token known by its form": ("clone with ghp_0123456789abcdefghijABCDEFGHIJ012345", f"clone with {HIDDEN}"),
    "option of a command": (f"run --db-password {X} --rows 5", f"run --db-password {HIDDEN} --rows 5"),
    "unknown setting of Spark": (f"--conf spark.hadoop.otf.x={X} y", f"--conf spark.hadoop.otf.x={HIDDEN} y"),
    "header": ("Authorization: Bearer abc.def, x", f"Authorization: Bearer {HIDDEN}, x"),
}  # fmt: skip
"""Texts with a secret, and how they are shown."""

HARMLESS = {
    "spark.hadoop.fs.s3a.aws.credentials.provider": "org.acme.SecretTokenProvider",
    "spark.hadoop.fs.s3a.path.style.access": "true",
    "spark.hadoop.fs.s3a.endpoint": "http://host:9000",
    "spark.hadoop.fs.s3a.bucket.lake.endpoint": "https://[::1]:9000/x@y",
    "spark.authenticate": "true",
    "spark.authenticate.secret.file": "/run/key",
    "spark.io.encryption.keySizeBits": "256",
    "spark.ssl.keyStore": "/etc/keys.jks",
    "spark.security.credentials.hive.enabled": "false",
    "spark.useOAuth": "true",
    "spark.sql.catalog.rest.oauth2-server-uri": "https://host/tokens",
    "fs.azure.account.auth.type": "SharedKey",
    "fs.azure.account.oauth.provider.type": "org.acme.ClientCredsTokenProvider",
    "fs.azure.account.oauth2.client.id": "me",
    "fs.gs.auth.service.account.email": "me@acme.org",
    "hadoop.security.credential.provider.path": "jceks://file/etc/keys",
    "tokenizer": "simple",
    "author": "me",
    "compass": "north",
    "primary-key": "id",
    "hoodie.datasource.write.recordkey.field": "id",
    "parquet.encryption.column.keys": "k1:a,b",
    "spark.driver.defaultJavaOptions": "-Xmx1g -Dfile.encoding=UTF-8",
    "lake": "abfss://container@acct.dfs.core.windows.net/orders",
    "many": "hdfs://h1:8020/a@b",
    "master": "k8s://https://host:6443",
    "empty.password": "",
}
"""Settings that are no secrets and hold none."""

SENTENCES = [
    "--otf-warehouse s3a:lake: must not hold a password: give it as a setting (`spark: {conf: {spark.hadoop...}}`)",
    "otfbench.yaml:3: datasets.options['password']: has no value: give it one, or leave the key out",
    "org.apache.hadoop.security.token.SecretManager$InvalidToken: expired",
    "rounds was 3, is 4; datasets was [{'key': ['id'], 'schema': 'token string'}], is []",
    "expected 'x=1' at http://host:8080/a?b=c&d=e (12 ms)",
    "t.id = s.id AND t.key = s.key",
]


@pytest.mark.parametrize("name", BY_NAME)
def test_hidden_by_name(name):
    """The value of such a setting is not shown, also where it is given in a text."""
    assert redaction.redact_settings({name: X}) == {name: HIDDEN}
    assert redaction.redact_text(f"--conf {name}={X}") == f"--conf {name}={HIDDEN}"


@pytest.mark.parametrize("name", IN_TEXT)
def test_hidden_in_text(name):
    """A secret within a text is not shown, also in the value of a setting with a harmless name; the rest is."""
    planted, shown = IN_TEXT[name]
    assert redaction.redact_text(planted) == shown
    assert redaction.redact_settings({"comment": planted}) == {"comment": shown}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_settings(name):
    """What is no secret stays, also if its name or value has words that are near."""
    assert redaction.redact_settings({name: HARMLESS[name]}) == {name: HARMLESS[name]}
    assert redaction.redact_text(f"{name}={HARMLESS[name]}") == f"{name}={HARMLESS[name]}"


@pytest.mark.parametrize("sentence", SENTENCES)
def test_harmless_sentences(sentence):
    """A message that speaks of secrets, and holds none, stays as it is."""
    assert redaction.redact_text(sentence) == sentence


def test_nested_texts_are_redacted():
    """Each text of a nested record is looked at; numbers and nulls under harmless keys stay."""
    planted = {"a": [{"reason": f"no s3a://k:{X}@b", "rows": 1}, (None, "x")], "password": 2.5, "token": None}
    assert redaction.redact_json(planted) == {
        "a": [{"reason": f"no s3a://k:{HIDDEN}@b", "rows": 1}, [None, "x"]],
        "password": HIDDEN,
        "token": None,
    }


def test_columns_named_like_secrets_stay():
    """What a record says of a column is shown, whatever its name: names of columns are no settings."""
    columns = {"columns": {"token": "string", "password": {"nulls": 3, "sum": "00ff"}}}
    assert redaction.redact_json(columns) == columns


def test_unknown_settings_of_spark_are_hidden():
    """A setting that Spark doesn't document is shown only if its value or its name says that it is harmless."""
    conf = {"spark.hadoop.acme.x": X, "spark.acme.pages": "12", "spark.acme.class": "org.acme.Loader"}
    conf |= {"spark.sql.ansi.enabled": "false", "spark.sql.files.maxPartitionBytes": "128m", "compression": "zstd"}
    assert redaction.redact_settings(conf) == conf | {"spark.hadoop.acme.x": HIDDEN}


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.name)
def test_recorded_runs_stay(path):
    """Nothing of a run without secrets is hidden, in whatever place of its file."""
    run = json.loads(path.read_text())
    for case in run["benchmarks"]:
        case["extra_info"]["otfbench"]["settings"]["spark"].pop("spark.sql.catalog.lake.warehouse", None)
    assert HIDDEN not in json.dumps(redaction.redact_json(run))


SEPARATORS = ".-_"
CASES = (str, str.lower, str.upper, str.title, str.swapcase)
WRAPS = {
    "list": lambda inner: [1, inner],
    "mapping": lambda inner: {"a": "b", "inner": inner},
    "nothing": lambda inner: inner,
}
"""What a value may be wrapped into."""


@given(
    st.text("abcXYZ0123456789+/=-_", min_size=6),
    st.sampled_from(BY_NAME),
    st.sampled_from(SEPARATORS),
    st.sampled_from(CASES),
    st.lists(st.sampled_from([*WRAPS]), max_size=4),
    st.lists(st.sampled_from([*WRAPS]), max_size=4),
)
def test_no_secret_survives_at_any_depth(secret, name, separator, case, above, below):
    """Whatever lies below the name of a secret, however that is spelled and at whatever depth, is not shown."""
    name = case(re.sub("[._-]", separator, name))
    inside = f"<{secret}>"
    for wrap in below:
        inside = WRAPS[wrap](inside)
    record = {name: inside}
    for wrap in above:
        record = WRAPS[wrap](record)
    assert f"<{secret}>" not in json.dumps(redaction.redact_json(record))
    assert f"<{secret}>" not in redaction.redact_text(json.dumps({name: f"<{secret}>"}))


PASSWORDS = st.text("abcXYZ0123456789-._~!$&'()*+,;=:%", min_size=1)  # what a URI allows there
WORDS = st.text(st.characters(exclude_characters="=:@", exclude_categories=["Cs"]))


@given(PASSWORDS, WORDS)
def test_no_password_survives_in_a_uri(password, around):
    """Whatever a password in a URI consists of, and whatever stands around the URI, it alone is hidden."""
    shown = f"{around} s3a://user:{HIDDEN}@host/path {around}"
    assert redaction.redact_text(shown.replace(HIDDEN, password)) == shown


@given(PASSWORDS, st.text("/?#@", min_size=1))
def test_no_password_survives_with_slashes(password, odd):
    """Nor does one that a URI doesn't allow, as secret keys of AWS are: with slashes, and whatever else ends a host."""
    planted = f"x{password}{odd}{password}"
    assert redaction.redact_text(f"s3a://user:{planted}@host/path") == f"s3a://user:{HIDDEN}@host/path"


@given(WORDS, st.sampled_from(BY_NAME), st.text("abcXYZ0123456789+/=", min_size=6))
def test_no_secret_survives_behind_its_name(around, name, secret):
    """Whatever stands around the name of a secret and its value, the value is not shown."""
    assert f"<{secret}>" not in redaction.redact_text(f"{around} {name}=<{secret}> {around}")


@given(WORDS)
def test_text_without_a_secret_stays(harmless):
    """A text without a secret is shown as it is."""
    assert redaction.redact_text(harmless) == harmless


@given(st.sampled_from([planted for planted, _ in IN_TEXT.values()]), WORDS)
def test_shown_twice(planted, around):
    """What is shown stays as it is when it comes through here again."""
    once = redaction.redact_text(f"{around} {planted} {around}")
    assert redaction.redact_text(once) == once


# On the terminal

URI = "s3a://me:pl4nted@lake/a"
FILES = [
    "spark: {conf: {fs.s3a.secret.key: pl4nted}}",
    "spark: {conf: {spark.jars: 'https://me:pl4nted@host/a.jar'}}",
    "spark: {conf: {spark.driver.extraJavaOptions: '-Dx.password=pl4nted'}}",
    f"spark: {{conf: {{x: 's3a://me:{80 * 'x'}pl4nted@lake'}}}}",
    "spark: {master: 'k9s://me:pl4nted@host'}",
    "spark: {driver_memory: 'token=pl4nted'}",
    f"storage: {{warehouse: '{URI}'}}",
    f"formats: {{parquet: {{jars: ['{URI}']}}}}",
    f"formats: {{parquet: {{jars: {{replace: ['{URI}']}}}}}}",
    f"formats: {{parquet: {{catalog: '{URI}'}}}}",
    "formats: {parquet: {catalog: {type: hive, path: pl4nted, unknown: pl4nted}}}",
    "formats: {iceberg: {catalog: {type: jdbc, uri: x, cache-enabled: pl4nted}}}",
    f"formats: {{parquet: {{properties: {{location: '{URI}'}}}}}}",
    f"formats: ['{URI}']",
    f"inputs: ['{URI}']",
    f"suite: '{URI}'",
    f"'{URI}': 1",
    "unknown: pl4nted",
    "spark: {unknown: pl4nted}",
    "spark: {conf: {unknown: pl4nted}}",
    "spark: {conf: {spark.app.name: pl4nted}}",
    "formats: {parquet: {properties: {path: pl4nted}}}",
    "unknown: *pl4nted",
    "unknown: &pl4nted 1\nmore: &pl4nted 2",
    "unknown: !pl4nted",
    "unknown: !pl4nted!x y",
    "unknown: @pl4nted",
    f"datasets: {{path: '{URI}'}}",
    "datasets: {path: a.csv, options: {mode: 'password=pl4nted'}}",
    "spark:\n  conf:\n    spark.x.password: *pl4nted",
    "spark:\n  conf:\n    spark.x.password: !pl4nted x",
    "spark:\n  conf:\n    spark.x.password: pl4nted: x",
    "spark:\n  conf:\n    spark.x.password: 'pl4nted",
    "spark:\n  conf:\n    spark.x.password: @pl4nted",
]
"""Files with something wrong in them, at a secret."""
ARGUMENTS = [
    ("convert", URI, "to", "--to", "parquet"),
    ("convert", "a.csv", "to", "--to", URI),
    ("convert", "a.csv", "to", "--to", "parquet", "--option", "mode=token=pl4nted"),
    ("report", URI),
    ("compare", URI, URI),
    ("list", "--storage", URI),
    ("gate", URI, "--baseline", URI),
    ("export", "1", "--to", "password=pl4nted"),
    ("config", "check", URI),
    ("generate", "trips", "to", "--format", URI),
    ("generate", "trips", "to", "--format", "csv", "--rows", "password=pl4nted"),
]
"""Arguments that can't be, with a secret in them."""


@pytest.fixture
def screen_of(monkeypatch, capsys, tmp_path):
    """What `otfbench` says to arguments that can't be, in a folder with one file."""
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("a\n1\n")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["otfbench", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code
        return "".join(capsys.readouterr())

    return call


@pytest.mark.parametrize("text", FILES)
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_wrong_files(screen_of, text, more):
    """What is wrong with a file is shown without its secrets, to people and to programs."""
    Path("otfbench.yaml").write_text(text)
    assert "otfbench.yaml" in (shown := screen_of("config", "check", *more)) and "pl4nted" not in shown


@pytest.mark.parametrize("arguments", ARGUMENTS, ids=" ".join)
def test_wrong_arguments(screen_of, arguments):
    """What is wrong with arguments is shown without their secrets."""
    assert "pl4nted" not in screen_of(*arguments)


def test_settings_of_the_environment(monkeypatch):
    """Nor are settings shown that spark-submit would be given by the environment."""
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", "--conf spark.x.password=pl4nted --master yarn pyspark-shell")
    with pytest.raises(UsageError) as error:
        refuse_foreign_jvm()
    assert "PYSPARK_SUBMIT_ARGS is set" in str(error.value) and "pl4nted" not in str(error.value)


def test_a_traceback_has_no_secrets(screen_of, monkeypatch):
    """Nor does the traceback of an error that nobody expected have one."""
    monkeypatch.setattr("otfbench.commands.config.load_config", lambda file: {}[URI])
    shown = screen_of("config", "check", "otfbench.yaml")
    assert "KeyError: 's3a://me:(hidden)@lake/a'" in shown and "pl4nted" not in shown


def test_a_run_file_that_has_secrets_is_shown_without_them(tmp_path):
    """What an earlier version saved passes the redaction when it is read."""
    run = json.loads(RECORDED[0].read_text())
    run["otfbench"]["options"]["conf"] = {"spark.hadoop.fs.azure.account.key.a": "pl4nted"}
    run["benchmarks"][0]["extra_info"]["otfbench"]["settings"]["table_properties"] = {"uri": URI, "x.pwd": "pl4nted"}
    (tmp_path / "0001_x.json").write_text(json.dumps(run))
    saved = read(tmp_path / "0001_x.json")
    assert "pl4nted" not in repr(saved) and "(hidden)" in repr(saved)
