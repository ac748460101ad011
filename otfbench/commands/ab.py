"""The commands `ab` and `aa`: two sides, measured in pairs until it is known whether one is slower. Knows no Spark."""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from otfbench.commands.output import Exit, budget_seconds, print_lines, write_whole
from otfbench.commands.paired_runs import LOCK, Plan, begin, check_folder, pair_of_runs
from otfbench.commands.sides import side
from otfbench.errors import UsageError
from otfbench.ownership.locks import lock
from otfbench.spark import interrupts

if TYPE_CHECKING:
    from otfbench.compare.ab import AbAnswer, AbVerdict
    from otfbench.compare.paired import RunPair

_FORBIDDEN = ("--benchmark-json", "--benchmark-autosave", "--benchmark-save", "--otf-resume", "--otf-gate")

Output = Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where runs, page and numbers are put.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the comparison that is in the folder.")]
Budget = Annotated[
    str | None, typer.Option(metavar="TIME", help="Begin no pair that would end later: 30m, 2h (default: no limit).")
]


def ab(
    context: typer.Context,
    base: Annotated[str, typer.Option(metavar="SIDE", help="What is there now.")],
    head: Annotated[str, typer.Option(metavar="SIDE", help="What may be slower.")],
    output: Output = Path("ab"),
    budget: Budget = None,
    resume: Resume = False,
) -> None:
    """Measure two sides in pairs, until it is known of each case whether head is slower than base.

    A side is a format in another version (NAME=VERSION), a YAML file, a virtual environment, a checkout, or a
    revision of the repository here. All other options are those of `otfbench run`.

    Exit codes: 1 regressed; 2 inconclusive; 3 not comparable.

    Example: otfbench ab --base main --head HEAD -k merge --otf-rows 100000
    """
    raise typer.Exit(_compare((base, head), context.args, output, budget, resume))


def aa(
    context: typer.Context,
    both: Annotated[str, typer.Argument(metavar="SIDE", help="What is compared with itself.")],
    output: Output = Path("aa"),
    budget: Budget = None,
    resume: Resume = False,
) -> None:
    """Compare a side with itself, as `ab` does: whatever is called regressed or improved is a false alarm.

    Example: otfbench aa HEAD -k merge --otf-rows 100000
    """
    raise typer.Exit(_compare((both, both), context.args, output, budget, resume))


def _compare(sides: tuple[str, str], arguments: Sequence[str], output: Path, budget: str | None, resume: bool) -> int:
    limit_s = budget_seconds(budget)
    if forbidden := [each for each in arguments if each.split("=")[0] in _FORBIDDEN]:
        raise UsageError(f"{' '.join(forbidden)}: the runs of a comparison are kept in its folder (--output).")
    folder = output.expanduser().absolute()
    check_folder(folder, resume)
    with _taken(folder):
        made = {each: side(each, folder / "sources") for each in dict.fromkeys(sides)}
        base, head = (made[each] for each in sides)
        plan = begin(Plan(folder, base, head, tuple(arguments), random.SystemRandom().randrange(2**31)), resume)
        print_lines([f"base: {base.description}", f"head: {head.description}", f"seed {plan.seed}, kept in {output}"])
        return _run(plan, limit_s)


@contextmanager
def _taken(folder: Path) -> Iterator[None]:
    """The folder, made if need be, while no other comparison has it; one that was made and got nothing goes again."""
    is_new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = lock(folder / LOCK)
    except OSError as error:
        raise UsageError(f"--output {folder}: {error.strerror}.") from None
    try:
        yield
    finally:
        if is_new and os.listdir(folder) == [LOCK]:
            (folder / LOCK).unlink()
            folder.rmdir()
        os.close(descriptor)


def _run(plan: Plan, limit_s: float | None) -> int:
    """Measure and report; after a signal, what is there stays for --resume."""
    interrupts.listen(None)
    try:
        pairs, answers = _measure(plan, limit_s)
    except KeyboardInterrupt:
        print(f"\notfbench: interrupted; --resume goes on with what is in {plan.folder}")
        return interrupts.exit_status() or 130
    finally:
        interrupts.forget()
    return _report(plan, pairs, answers)


def _measure(plan: Plan, limit_s: float | None) -> tuple[list[RunPair], dict[str, AbAnswer]]:
    """Pair after pair, until each case has its answer or the time is up."""
    from otfbench.compare.ab import ALL, LOOKS, look
    from otfbench.compare.paired import broken_cases, log_ratios, paired_cases

    pairs: list[RunPair] = []
    answers: dict[str, AbAnswer] = {}
    broken: dict[str, tuple[AbVerdict, str]] = {}
    begin_s = now_s = time.monotonic()
    for number in count(1):
        before_s = now_s
        pairs.append(pair_of_runs(plan, number, {*answers, *broken}))
        broken = broken_cases(pairs)
        now_s = time.monotonic()
        ratios = log_ratios(pairs)
        time_is_up = limit_s is not None and now_s - begin_s + (now_s - before_s) > limit_s
        last = number == LOOKS[-1] or time_is_up or not ratios
        if last or number in LOOKS:
            answers = look(ratios, answers, last)
            waiting = [each for each in ratios if each not in answers and each not in broken]
            print_lines([_progress(number, answers, waiting, len(broken))])
        if number == 1:
            paired_cases(pairs, {})  # what can't be compared is known now, not after the last pair
        if last or number > 1 and all(each in answers or each in broken for each in ratios if each != ALL):
            break
    return pairs, look(ratios, answers, last=True)


def _progress(pairs: int, answers: dict[str, AbAnswer], waiting: Sequence[str], broken: int) -> str:
    """Where the comparison is, in a line."""
    verdicts = Counter(answer.verdict.value for answer in answers.values())
    known = [*(f"{cases} {verdict}" for verdict, cases in verdicts.items()), *[f"{broken} broken"] * bool(broken)]
    shown = f": {', '.join(waiting[:4])}{', ...' * (len(waiting) > 4)}" if waiting else ""
    after = f"after {pairs} {'pair' if pairs == 1 else 'pairs'}"
    return f"{after}: {', '.join(known) or 'nothing known'}; {len(waiting)} to be measured on{shown}"


def _report(plan: Plan, pairs: Sequence[RunPair], answers: dict[str, AbAnswer]) -> Exit:
    """Write page and numbers, print the summary; what the command ends with."""
    from otfbench.compare import ab_file
    from otfbench.compare.ab import AbVerdict
    from otfbench.compare.paired import AbComparison, paired_cases
    from otfbench.report import ab
    from otfbench.report.html.page import ab_page
    from otfbench.report.markdown import ab_markdown

    cases = paired_cases(pairs, answers)
    compared = AbComparison(plan.base.description, plan.head.description, len(pairs), cases)
    write_whole(plan.folder / ab_file.ANSWERS, json.dumps(ab_file.as_dict(compared), indent=2))
    write_whole(plan.folder / "report.md", ab_markdown(compared))
    write_whole(plan.folder / "report.html", ab_page(compared))
    print_lines([*ab.lines(compared), f"page: {plan.folder / 'report.html'}"])
    verdicts = {case.verdict for case in cases}
    if AbVerdict.REGRESSED in verdicts:
        return Exit.FAILED
    return Exit.INCONCLUSIVE if AbVerdict.INCONCLUSIVE in verdicts else Exit.FINE
