"""`race`: contenders side by side, with a bar while they train and a table at the end."""

import argparse
from pathlib import Path

import torch
from tqdm import tqdm

from attnlab.cli.races.options import add_race_options, plan_from
from attnlab.cli.races.own_data import finding_notes, table_notes, untuned_notes
from attnlab.cli.races.results import Points, Result, final_results, floor_table, race_json, result_table
from attnlab.cli.races.resuming import Begun, begun_before, keep
from attnlab.cli.terminal.interrupts import Asked, interrupts
from attnlab.cli.terminal.output import checked_path, note_down, say, write_json
from attnlab.cli.terminal.progress import bar
from attnlab.cli.terminal.values import whole
from attnlab.engine import SpecError, describe_device, resolve_device
from attnlab.engine.allowed import check_number
from attnlab.machine import versions
from attnlab.training.plans.plan import RacePlan
from attnlab.training.racing.race import Race

MAX_THREADS = 256


def add_options(parser: argparse.ArgumentParser) -> None:
    """Those of a plan, and where it runs."""
    add_race_options(parser)
    parser.add_argument("--device", default="auto", help="cpu, cuda:0, mps; auto takes the fastest there is")
    parser.add_argument("--threads", default="1", metavar="N", help="of torch; small models are no faster with more")
    about = "accuracy under noise on every word too, of classifiers"
    parser.add_argument("--noise-test", action="store_true", help=about)
    parser.add_argument("--json", metavar="FILE", help="where to write plan, facts, curves and results")
    about = "go on with a race that was interrupted, from what --json wrote; back into FILE if --json is left out"
    parser.add_argument("--resume", metavar="FILE", help=about)


def run(options: argparse.Namespace) -> int:
    """Train to the end, to Ctrl-C or to SIGTERM, then say how it stands.

    Raises:
        SpecError: an option that cannot be used.
        OSError: the file cannot be written.
    """
    path = checked_path(options.resume if options.json is None else options.json)
    begun = Begun(plan_from(options)) if options.resume is None else begun_before(Path(options.resume), options)
    plan = begun.plan
    check_noise_test(plan, asked=options.noise_test)
    device, threads = resolve_device(options.device), whole("threads", options.threads)
    check_number("threads", threads, 1, MAX_THREADS)
    torch.set_num_threads(threads)
    where = {"device": describe_device(device), "threads": threads, "versions": versions()}
    for note in (*table_notes(plan), *width_notes(plan), *finding_notes(plan), *untuned_notes(plan)):
        note_down(note)
    for note in begun.notes(where):
        note_down(note)
    with interrupts() as asked:
        race = Race(plan, snapshots=begun.snapshots, device=device)
        raced(race, begun.points, asked)
        results = final_results(race, noise_test=options.noise_test)
        say(report(plan, results))
        if path is not None:
            content = race_json(plan, begun.points, results, interrupted=not race.finished) | where
            write_json(path, content)
            keep(path, race, content)
    return asked.exit_code


def check_noise_test(plan: RacePlan, *, asked: bool) -> None:
    """Refuse a test of classifiers for a task that has none.

    Raises:
        SpecError: naming the task.
    """
    if asked and plan.task.info.kind != "classification":
        message = f"noise_test must go with a task of classifiers, and not with {plan.task_name}"
        raise SpecError("noise_test", "beside", message, got=True, other="task", of=plan.task_name)


def width_notes(plan: RacePlan) -> list[str]:
    """What makes the race an unequal one, if anything does."""
    free = plan.free_width
    return [f"not matched to budget ({plan.budget}), because d_model is set: {', '.join(free)}"] if free else []


def raced(race: Race, points: Points, asked: Asked) -> None:
    """Train until the end, or until `asked` is set; what happens on the way goes into the points."""
    plan = race.plan
    each = float(plan.steps) if plan.seconds is None else plan.seconds
    unit = "steps" if plan.seconds is None else "s"
    with bar(each * len(plan.contenders), unit, scale=plan.seconds is not None) as drawn:
        for event in race.events():
            points.add(event, race.learners[event.contender])
            _draw(drawn, race, points)
            if asked.is_set() and race.all_told:
                break


def report(plan: RacePlan, results: list[Result]) -> str:
    """The table of results, and below it what needs no learning."""
    balance = any(one.balance for one in results)
    return f"{result_table(plan, results)}\n\n{floor_table(plan.task.info, balance=balance)}"


def _draw(drawn: "tqdm[object]", race: Race, points: Points) -> None:
    """The bar at what all contenders have done together, with the latest score of each."""
    plan = race.plan
    learners = race.learners.values()
    done = [one.step if plan.seconds is None else min(one.seconds, plan.seconds) for one in learners]
    drawn.set_postfix_str(points.latest_scores(), refresh=False)
    drawn.update(sum(done) - drawn.n)
