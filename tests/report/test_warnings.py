"""What makes the numbers of a run doubtful: each kind of doubt appears when it should, and only then."""

import pytest

from otfbench.report.warnings import doubts, fixed_shares, ruler_spread, spread
from otfbench.runs.outcome import Run
from otfbench.runs.record import walls

STEADY = (1.0, 1.04, 1.02)


def record(
    name: str = "x", walls: tuple[float, ...] = STEADY, unstable: tuple[str, ...] = (), **counters: int | None
) -> dict:
    """The record of a case with these wall times, and nothing doubtful but what is named."""
    return {
        "case": {"id": name, "operation": name, "format": "a", "variant": "shipped"},
        "storage": {},
        "derived": {"space_amplification": 1.0},
        "rounds": [{"wall_s": wall} for wall in walls],
        "unstable": list(unstable),
        "counters": {"spill_bytes": 0, "failed_tasks": 0, **counters},
    }


def ruler(when: str, median_s: float | None, failed: str | None = None) -> dict:
    """A ruler taken at this moment of a JVM's life."""
    return {"format": "a", "when": when, "median_s": median_s, "failed": failed}


def run(*rulers: dict, load: float | None = 0.0) -> Run:
    """A run with these rulers and this load before it."""
    return Run({}, {}, rulers=list(rulers), load_per_core=load)


# Figures


def test_walls_keep_the_round_order():
    """The wall times of a case, in the order of its rounds."""
    assert walls(record(walls=(3.0, 1.0, 2.0))) == [3.0, 1.0, 2.0]


@pytest.mark.parametrize(("values", "expected"), [((2.0,), 0), ((1.0, 1.0), 0), ((9.0, 10.0, 12.0), 0.3)])
def test_spread_is_relative_to_the_median(values, expected):
    """Spread is slowest less fastest, as a share of the median; one round has none."""
    assert spread(values) == pytest.approx(expected)


def test_ruler_spread_of_the_same_moment():
    """Rulers before the cases are compared with one another, and so are those after; the larger spread counts."""
    rulers = [ruler("before", 1.0), ruler("after", 0.5), ruler("before", 1.1), ruler("after", 0.6)]
    assert ruler_spread(rulers) == pytest.approx(0.2)


def test_warm_jvm_is_no_spread():
    """A ruler after the cases is faster than one before, for the JVM is warm: that is no spread."""
    assert ruler_spread([ruler("before", 1.0), ruler("after", 0.5)]) == 0


@pytest.mark.parametrize("rulers", [[], [ruler("before", 1.0)], [ruler("before", 1.0), ruler("before", None, "disk")]])
def test_nothing_to_compare(rulers):
    """Without two rulers of the same moment there is no spread; a failed one doesn't count."""
    assert ruler_spread(rulers) == 0


# Doubts


def test_no_doubt():
    """A steady run on a quiet machine raises no doubt; nor does a run without a case."""
    assert doubts(run(ruler("before", 1.0), ruler("before", 1.05)), [record()]) == [] == doubts(run(), [])


@pytest.mark.parametrize(
    ("doubtful", "sentence"),
    [
        (record(walls=(1.0, 1.2, 0.9)), "spread over 10 %: x (30 %); try more rounds (--otf-rounds)"),
        (
            record(unstable=("files", "jobs")),
            "counters that differ between rounds: x (files, jobs); don't gate on these",
        ),
        (record(spill_bytes=1), "spilled to disk: x; try more memory (--otf-driver-memory)"),
        (record(failed_tasks=1), "tasks failed and ran again: x; look into the log"),
        (record(walls=(1.04, 1.01, 0.98)), "rounds still getting faster: x; try more warm-up (--otf-warmup)"),
    ],
    ids=["spread", "unstable", "spill", "failed tasks", "falling"],
)
def test_one_doubt(doubtful, sentence):
    """Each kind of doubt is one sentence: what, which cases, what to try. Cases without it are not named."""
    assert doubts(run(), [record("steady"), doubtful, record("calm")]) == [sentence]


def test_cold_times():
    """Without warm-up one sentence says what the times are; what more rounds would change isn't told."""
    cold = Run({}, {"warmup": 0})
    sentence = "there was no warm-up: times are of cold JVMs, and rank nothing; try --otf-warmup 1"
    assert doubts(cold, [record(walls=(3.0, 2.0, 1.0))]) == [sentence]
    assert doubts(cold, []) == []


def test_slow_first_round():
    """A first round that is over a quarter slower than the median of the rest asks for more warm-up."""
    sentence = "first timed round much slower than the rest: x; try more warm-up (--otf-warmup)"
    assert sentence in doubts(run(), [record(walls=(1.3, 1.0, 1.01))])
    assert sentence not in doubts(run(), [record(walls=(1.2, 1.0, 1.01))])


@pytest.mark.parametrize(
    "steady",
    [
        record(walls=(1.0, 1.09, 1.0)),
        record(walls=(5.0,)),
        record(walls=(1.04, 1.0)),
        record(walls=(1.02, 1.01, 1.0)),
        record(walls=(1.0, 1.04, 1.08)),
        record(walls=(1.08, 1.0, 1.0)),
        record(spill_bytes=None, failed_tasks=None),
    ],
    ids=["9 %", "one round", "two rounds", "falling by 2 %", "rising", "not falling on", "not fed"],
)
def test_no_doubt_within_the_limits(steady):
    """What is within the limits, or can't be told from so few rounds, raises no doubt."""
    assert doubts(run(), [steady]) == []


def test_two_rounds_are_too_few_for_a_slow_first():
    """Of two rounds nobody can tell whether the first was slow: only their spread is told."""
    assert [line.split(":")[0] for line in doubts(run(), [record(walls=(2.0, 1.0))])] == ["spread over 10 %"]


@pytest.mark.parametrize(
    ("count", "names"), [(4, "c0, c1, c2, c3"), (5, "c0, c1, c2, c3 and 1 more"), (9, "c0, c1, c2, c3 and 5 more")]
)
def test_many_cases(count, names):
    """One sentence per kind, however many cases: four by name, the others by number."""
    records = [record(f"c{number}", spill_bytes=1) for number in range(count)]
    assert doubts(run(), records) == [f"spilled to disk: {names}; try more memory (--otf-driver-memory)"]


def test_records_are_read_once():
    """Records may come from an iterator: every kind of doubt sees all of them."""
    found = doubts(run(), iter([record("a", spill_bytes=1), record("b", failed_tasks=1)]))
    assert [line.split(";")[0] for line in found] == ["spilled to disk: a", "tasks failed and ran again: b"]


@pytest.mark.parametrize("load", [None, 0.0, 0.5])
def test_quiet_machine(load):
    """Up to half a waiting process per core, or where the system doesn't tell, the machine is quiet."""
    assert doubts(run(load=load), []) == []


def test_busy_machine():
    """A busy machine is told with its load."""
    sentence = "the machine was busy before the run (0.51 waiting processes per core): end what else runs"
    assert doubts(run(load=0.51), []) == [sentence]


def test_machine_moved():
    """Rulers more than 10 % apart say how far the machine moved, which is in the answers and not in the medians."""
    [sentence] = doubts(run(ruler("before", 1.0), ruler("before", 1.15)), [])
    assert sentence.startswith("the machine moved between formats by 15 % (the same ")


def test_busy_jvms_that_wait():
    """A JVM that works while cases of others have their turn is named; one that hardly does isn't."""
    idle = {"x": {"wall_s": 100.0, "cpu_s": 30.0}, "y": {"wall_s": 100.0, "cpu_s": 4.0}}
    lines = doubts(Run({}, {}, idle=idle), [])
    assert lines == [
        "JVMs that worked while cases of others ran: x (30 % of a core);" " try one after the other (--otf-jvms apart)"
    ]


def test_ruler_failed():
    """A ruler that failed is told, with its format, its moment and the reason."""
    sentence = "no ruler for a after its cases (disk full): how far the machine moved there is unknown"
    assert doubts(run(ruler("before", 1.0), ruler("after", None, "disk full")), []) == [sentence]


def test_most_far_reaching_first():
    """What doubts the whole run comes before what doubts single cases."""
    found = doubts(run(ruler("after", 1.0), ruler("after", 2.0), load=3.0), [record(walls=(2.0, 1.0), failed_tasks=1)])
    assert [line.split()[1] for line in found] == ["machine", "machine", "over", "failed"]


def test_fixed_cost():
    """Where committing one row takes more than half of a case's time, its data is too small; reads commit nothing."""
    commit, large, small = record("commit", (0.6,) * 3), record("load", (2.0,) * 3), record("merge", (1.0,) * 3)
    read = record("scan", (0.1,) * 3)
    read["derived"] = {}
    foreign = record("load", (0.7,) * 3)
    foreign["case"]["format"] = "b"

    assert fixed_shares([commit, large, small, read, foreign]) == {"load": pytest.approx(0.3), "merge": 0.6}
    assert doubts(run(), [commit, large, small]) == [
        "fixed cost, which is what committing one row takes, is more than half of 1 of 2 cases: merge (60 %); with more"
        " rows the order may be another: try them (--otf-rows)"
    ]
    assert doubts(run(), [commit, large]) == []
