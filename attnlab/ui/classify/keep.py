"""Take a trained classifier along as one file, and bring one back."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from attnlab.engine import SpecError
from attnlab.looks.trained.classifications import classifiers
from attnlab.looks.trained.opened import Origin
from attnlab.prose import name_of
from attnlab.training.classifier_file import saved_classifiers, vocabulary_json
from attnlab.ui.kit.refusals import refusal_sentence
from attnlab.ui.kit.taking.downloads import download
from attnlab.ui.races.uploads.notice import upload_notice

FILE = "cl_file"
CODE = """\
from attnlab.training.classifier_file import load_classifier

classifier = load_classifier("{name}")
for label, probability in classifier.classify("{text}").items():
    print(f"{{probability:6.1%}}  {{label}}")
"""
CODE_TEXT = "i would not say that the film was good"


def uploaded_origin(words: Mapping[str, Any]) -> tuple[Origin, str] | None:
    """The classifiers that the learner has brought back, and what their file is called; None if there are none.

    The file is in the uploader's hands, which stands further down the page: what it holds is known from the last run.
    """
    file = st.session_state.get(FILE)
    if file is None:
        return None
    origin = Origin("classification", file=file.getvalue())
    try:
        classifiers(origin)
    except SpecError as error:
        st.error(words["keep"]["refused"].format(reason=refusal_sentence(error)))
        return None
    return origin, file.name


def keep_view(origin: Origin, words: Mapping[str, Any]) -> None:
    """A drawer with downloads, code and the way back. Raises what `classifiers` does."""
    said = words["keep"]
    with st.expander(said["title"], key="cl_keep"):
        st.caption(said["line"])
        found = classifiers(origin)
        with st.container(horizontal=True, gap="small"):
            for family, one in found.items():
                label, made = said["model"].format(name=name_of("family", family)), partial(saved_classifiers, [one])
                download(label, made, _file_name(family), "application/octet-stream", key=f"cl_save_{family}")
            first = next(iter(found))
            vocabulary = partial(vocabulary_json, found[first])
            download(said["vocabulary"], vocabulary, "vocabulary.json", "application/json", key="cl_save_vocabulary")
        upload_notice()
        st.file_uploader(said["load"], help=said["load_help"], key=FILE)
        st.caption(said["code"])
        st.code(CODE.format(name=_file_name(first), text=CODE_TEXT), language="python")


def _file_name(family: str) -> str:
    return f"classifier-{family.replace('_', '-')}.safetensors"
