"""What formats report of their commits: sums, rows that are counted by files, names of commits in paths."""

from otfbench.formats.commits import commit_names, row_counts, summed


def test_commits_are_summed():
    """Several commits did what each of them did; a name that no commit has is absent."""
    commits = [{"added_rows": 2, "added_files": 1}, {"added_rows": 3}, {}]
    assert summed(commits) == {"added_rows": 5, "added_files": 1}
    assert summed([]) == {}


def test_rows_in_files():
    """Of 510 rows in new files and 500 in removed ones, 10 are new, none is gone, and 500 are written again."""
    assert row_counts(510, 500) == {"added_rows": 10, "removed_rows": 0, "rewritten_rows": 500}
    assert row_counts(493, 500) == {"added_rows": 0, "removed_rows": 7, "rewritten_rows": 493}


def test_commit_names_in_paths():
    """The names of commits are found in the files that belong to one, each once; other files have none."""
    files = {"/t/log/12.json", "/t/log/12.json.crc", "/t/other/13.json", "/t/log/14.json"}
    assert commit_names(files, r"/log/(\d+)\.json$") == {"12", "14"}
