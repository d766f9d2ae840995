"""`race`: contenders side by side, with a bar while they train and a table at the end."""

import argparse
from threading import Event as Flag

import torch
from tqdm import tqdm

from attnlab.cli.interrupts import interrupts
from attnlab.cli.main import INTERRUPTED
from attnlab.cli.options import add_race_options, plan_from
from attnlab.cli.output import checked_path, say, versions, write_json
from attnlab.cli.progress import bar
from attnlab.cli.results import Points, Result, final_results, floor_table, race_json, result_table
from attnlab.cli.values import whole
from attnlab.engine import describe_device, resolve_device
from attnlab.engine.allowed import check_number
from attnlab.training.plan import RacePlan
from attnlab.training.race import Race

MAX_THREADS = 256


def add_options(parser: argparse.ArgumentParser) -> None:
    """Those of a plan, and where it runs."""
    add_race_options(parser)
    parser.add_argument("--device", default="auto", help="cpu, cuda:0, mps; auto takes the fastest there is")
    parser.add_argument("--threads", default="1", metavar="N", help="of torch; small models are no faster with more")
    parser.add_argument("--json", metavar="FILE", help="where to write plan, facts, curves and results")


def run(options: argparse.Namespace) -> int:
    """Train to the end or to Ctrl-C, then say how it stands.

    Raises:
        SpecError: an option that cannot be used.
        OSError: the file cannot be written.
    """
    path, plan = checked_path(options.json), plan_from(options)
    device, threads = resolve_device(options.device), whole("threads", options.threads)
    check_number("threads", threads, 1, MAX_THREADS)
    torch.set_num_threads(threads)
    with interrupts() as asked:
        race = Race(plan, device=device)
        points = raced(race, asked)
        results = final_results(race)
    say(report(plan, results))
    if path is not None:
        where = {"device": describe_device(device), "threads": threads, "versions": versions()}
        write_json(path, race_json(plan, points, results, interrupted=asked.is_set()) | where)
    return INTERRUPTED if asked.is_set() else 0


def raced(race: Race, asked: Flag) -> Points:
    """Train until the end, or until `asked` is set; what happened on the way."""
    plan, points = race.plan, Points()
    each = float(plan.steps) if plan.seconds is None else plan.seconds
    unit = "steps" if plan.seconds is None else "s"
    with bar(each * len(plan.families), unit, scale=plan.seconds is not None) as drawn:
        for event in race.events():
            points.add(event, race.learners[event.family])
            _draw(drawn, race, points)
            if asked.is_set():
                break
    return points


def report(plan: RacePlan, results: list[Result]) -> str:
    """The table of results, and below it what needs no learning."""
    return f"{result_table(plan, results)}\n\n{floor_table(plan.task.info)}"


def _draw(drawn: "tqdm[object]", race: Race, points: Points) -> None:
    """The bar at what all contenders have done together, with the latest score of each."""
    plan = race.plan
    learners = race.learners.values()
    done = [one.step if plan.seconds is None else min(one.seconds, plan.seconds) for one in learners]
    drawn.set_postfix_str(points.latest_scores(), refresh=False)
    drawn.update(sum(done) - drawn.n)
