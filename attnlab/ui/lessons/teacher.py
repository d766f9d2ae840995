"""A lesson for who teaches it: its aim, what stands behind each wrong answer, what to say, and a sheet to print."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from attnlab.lessons import Lesson, Prediction, Step, Truth, began_with, truth_of
from attnlab.lessons.words import words_of
from attnlab.lessons.worksheet import worksheet
from attnlab.pictures.lessons.card import answer_told
from attnlab.prose import address, listed
from attnlab.ui.kit.messages import plain
from attnlab.ui.kit.taking.downloads import download
from attnlab.ui.lessons.listing import builds_on


def teacher_view(lesson: Lesson, words: Mapping[str, Any]) -> None:
    """The page of one lesson.

    Args:
        lesson: which.
        words: the page's prose.
    """
    said, told = words_of(lesson.id), words["teacher"]
    st.header(told["heading"].format(title=said["title"]), anchor=False)
    st.markdown(f"{told['aim'].format(aim=said['aim'])}  \n{builds_on(lesson, words['page'])}")
    with st.container(horizontal=True, gap="small"):
        sheet, file = partial(worksheet, lesson), f"worksheet-{lesson.id}.html"
        download(told["worksheet"], sheet, file, "text/html", key="worksheet")
        back = address("lessons", {"lesson": lesson.id})
        st.link_button(words["page"]["learner"], back, icon=":material/school:", type="tertiary")
        st.link_button(words["page"]["all"], address("lessons", {}), icon=":material/list:", type="tertiary")
    for number, step in enumerate(lesson.steps, 1):
        with st.container(border=True, gap="xsmall"):
            _step(lesson, number, step, words)


def _step(lesson: Lesson, number: int, step: Step, words: Mapping[str, Any]) -> None:
    said, told, card = words_of(lesson.id)["steps"][step.id], words["teacher"], words["card"]
    kind = card["task"] if not isinstance(step, Prediction) else card["recall" if step.recalls else "predict"]
    st.subheader(told["step"].format(number=number, kind=kind), anchor=False)
    st.markdown(plain(said["text"]))
    if isinstance(step, Prediction):
        truth = truth_of(step, began_with(step), began_with(step, revealed=True))
        _answers(step, said, truth, told)
        if step.ask != "choice":
            st.markdown(told["answer"].format(answer=plain(_answer(step, said, truth, card))))
    else:
        for hint in said["hints"]:
            st.markdown(f"- {plain(hint)}")
    st.markdown(told["say"].format(say=plain(said["say"])))
    link = address("lessons", {"lesson": lesson.id, "step": number})
    st.link_button(told["steps"].format(number=number), link, type="tertiary")


def _answers(step: Prediction, said: Mapping[str, Any], truth: Truth, told: Mapping[str, str]) -> None:
    """Each option, with the misconception behind it if it is wrong."""
    for option in step.options:
        words = said["options"][option.id]
        if option.id == truth.option:
            st.markdown(f"- {told['right'].format(label=plain(words['label']))}")
        else:
            wrong = {name: plain(words[name]) for name in ("label", "misconception")}
            st.markdown(f"- {told['wrong'].format(**wrong)}")


def _answer(step: Prediction, said: Mapping[str, Any], truth: Truth, card: Mapping[str, Any]) -> str:
    if step.ask != "order":
        return answer_told(step, truth, said, card)
    return listed(said["options"][name]["label"] for name in truth.order)
