"""What the card of a step says. Nothing that is being guessed is in it before it has been computed."""

from collections.abc import Mapping, Sequence
from typing import Any

from attnlab.lessons import (
    Guess,
    Lesson,
    Prediction,
    Task,
    Truth,
    Verdict,
    began_with,
    lessons,
    position_of,
    reached,
    shown,
    truth_of,
    verdict,
)
from attnlab.lessons.raced import Raced
from attnlab.lessons.truths import blanks_of, names_along
from attnlab.lessons.words import words_of
from attnlab.prose import percent
from attnlab.settings.attention import Explorer
from attnlab.settings.fields import Settings

Said = dict[str, str]


def card_of_prediction(
    lesson: Lesson,
    number: int,
    step: Prediction,
    now: Settings,
    revealed: bool,
    guess: Guess | None,
    words: Mapping[str, Any],
    raced: Raced | None = None,
) -> dict[str, Any]:
    """A question's card.

    Args:
        lesson: whose.
        number: of the step, from 1.
        step: the question.
        now: the settings of the page, which say where one looks.
        revealed: whether the answer has been computed.
        guess: the learner's.
        words: the page's prose of cards.
        raced: what a race has come to that was run for the step.

    Raises:
        SpecError: what the engine refuses.
    """
    said, began = words_of(lesson.id)["steps"][step.id], began_with(step)
    ask: dict[str, Any] = {"kind": step.ask, "unit": said.get("unit", "")}
    if step.offered:
        ask["options"] = [{"id": one, "label": said["options"][one]["label"]} for one in step.offered]
    if step.ask in {"cell", "weights"}:
        ask["names"] = list(names_along(shown(began, began)))
    if step.ask == "cell":
        ask["picked"] = _picked(step, now)
    if step.curve is not None:
        ask |= {"names": [point.at for point in step.curve.points], "across": said["across"]}
        ask |= {"low": step.curve.low, "high": step.curve.high}
    card = _card(lesson, number, "recall" if step.recalls else "predict", said["text"], words) | {"ask": ask}
    if not revealed:
        return card | {"acts": ["commit"]}
    truth = truth_of(step, began, began_with(step, revealed=True), raced)
    found = None if guess is None else verdict(step, truth, guess)
    told = [_result(step, truth, guess, found, said, words), *_why(said, truth)]
    return card | {"truth": _truth(truth), "guess": guess, "said": told, "acts": ["again"]}


def followed(card: Mapping[str, Any], guess: Guess | None, words: Mapping[str, Any]) -> dict[str, Any]:
    """A card as who follows a teacher has it: the guess is kept, and the teacher computes and goes on.

    Args:
        card: of a question or a task.
        guess: the learner's.
        words: the page's prose of cards.
    """
    is_open = "commit" in card["acts"]
    kept = [{"strong": "", "text": words["kept"]}] if is_open and guess is not None else []
    said = kept if is_open or card["kind"] == "task" else card["said"]
    return {**card, "guess": guess, "said": said, "hints": [], "acts": ["send"] if is_open else [], "ways": []}


def card_of_task(
    lesson: Lesson, number: int, step: Task, now: Settings, hints: int, was_shown: bool, words: Mapping[str, Any]
) -> dict[str, Any]:
    """A task's card, and under "reached" whether its goal holds. Args as of `card_of_prediction`."""
    said = words_of(lesson.id)["steps"][step.id]
    done = reached(step.goal, shown(now, began_with(step)))
    told = [{"strong": words["reached"], "text": said["done"]}] if done else []
    if done and was_shown:
        told.append({"strong": "", "text": words["shown"]})
    count = len(said["hints"])
    taken = [
        words["hint_number"].format(number=place, count=count, text=text)
        for place, text in enumerate(said["hints"][:hints], 1)
    ]
    acts = ["again"] if done else (["hint"] if hints < count else ["show"]) + ["again"]
    card = _card(lesson, number, "task", said["text"], words)
    return card | {"said": told, "hints": taken, "acts": acts, "reached": done}


def _card(lesson: Lesson, number: int, kind: str, text: str, words: Mapping[str, Any]) -> dict[str, Any]:
    title = words_of(lesson.id)["title"]
    return {
        "at": [lesson.id, number],
        "name": words["name"].format(title=title),
        "place": words["place"].format(title=title, step=number, steps=len(lesson.steps)),
        "kind": kind,
        "text": text,
        "ask": None,
        "truth": None,
        "guess": None,
        "said": [],
        "hints": [],
        "acts": [],
        "ways": _ways(lesson, number, words),
        "words": {name: sentence for name, sentence in words.items() if "{" not in sentence or name in _BY_THE_CARD},
    }


_BY_THE_CARD = ("up", "down", "share", "curve_place")


def _ways(lesson: Lesson, number: int, words: Mapping[str, Any]) -> list[tuple[str, str]]:
    last = number == len(lesson.steps)
    ways = [("previous", words["previous"])] if number > 1 else []
    if not last:
        ways.append(("next", words["next"]))
    elif position_of(lesson.id) + 1 < len(lessons()):
        ways.append(("next", words["next_lesson"]))
    return [*ways, ("all", words["all"])]


def _picked(step: Prediction, now: Settings) -> int | None:
    """The word whose cell was clicked in the row that is asked about, from 0."""
    asked = dict(step.asking.arguments) if step.asking else {}
    if not isinstance(now, Explorer) or now.query != asked.get("query") or not now.key:
        return None
    return now.key - 1


# ---- what came of a guess --------------------------------------------------------------------------------------------


def _truth(truth: Truth) -> dict[str, Any]:
    values = [f"{value:.3g}" for value in truth.values]
    return {"option": truth.option, "row": list(truth.row), "order": list(truth.order), "values": values}


def _why(said: Mapping[str, Any], truth: Truth) -> list[Said]:
    return [{"strong": "", "text": said["why"].format(**blanks_of(truth))}]


def _result(
    step: Prediction,
    truth: Truth,
    guess: Guess | None,
    found: Verdict | None,
    said: Mapping[str, Any],
    words: Mapping[str, Any],
) -> Said:
    if guess is None or found is None:
        return {"strong": words["alone"], "text": answer_told(step, truth, said, words)}
    strong = words["right" if found.right else "wrong"]
    if step.ask == "choice":
        return {"strong": strong, "text": said["options"][guess]["answer"]}
    blanks = _blanks(step, truth, guess, found, said)
    return {"strong": strong, "text": words[f"{step.ask}_{_ending(step, truth, found)}"].format(**blanks)}


def answer_told(step: Prediction, truth: Truth, said: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    """The answer in a sentence, beside no guess."""
    if step.ask == "choice":
        return str(words["choice_alone"]).format(truth=said["options"][truth.option]["label"])
    return str(words[f"{step.ask}_alone"]).format(**_of_truth(step, truth, said))


def _ending(step: Prediction, truth: Truth, found: Verdict) -> str:
    if found.right or step.ask != "number":
        return "right" if found.right else "wrong"
    if truth.number == 0 or found.factor <= 0:
        return "zero"
    return "high" if found.factor > 1 else "low"


def _of_truth(step: Prediction, truth: Truth, said: Mapping[str, Any]) -> dict[str, Any]:
    blanks: dict[str, Any] = {"truth": f"{truth.number:g}", "unit": said.get("unit", "")}
    if truth.row and truth.names and step.curve is None:
        best = truth.row.index(max(truth.row))
        blanks |= {"truth": truth.names[best], "share": percent(truth.row[best])}
    return blanks


def _blanks(step: Prediction, truth: Truth, guess: Guess, found: Verdict, said: Mapping[str, Any]) -> dict[str, Any]:
    blanks = _of_truth(step, truth, said) | {"distance": percent(found.distance), "count": f"{found.distance:.0f}"}
    if step.curve is not None and isinstance(guess, tuple):
        at, drawn = found.farthest, float(guess[found.farthest])
        blanks |= {"distance": f"{found.distance:.2g}", "across": said["across"], "at": step.curve.points[at].at}
        blanks |= {"guess": f"{drawn:.2g}", "truth": f"{truth.row[at]:.2g}"}
    if step.ask == "number" and isinstance(guess, (int, float)):
        factor = found.factor if found.factor >= 1 else 1 / found.factor if found.factor > 0 else 0.0
        blanks |= {"guess": f"{guess:g}", "factor": f"{factor:.2g}"}
    if step.ask == "cell" and isinstance(guess, int):
        blanks |= {"guess": _name(truth.names, guess), "rank": found.rank}
    return blanks


def _name(names: Sequence[str], place: int) -> str:
    return names[place] if place < len(names) else ""
