"""Sequence models: one residual skeleton, one mixer each. torch and the engine only.

    inputs -> embedding (+ positions) -> num_layers x [norm -> mixer -> +, norm -> feed-forward -> +] -> norm -> head

Shapes are those of `attnlab.engine`. Nothing here knows about tasks, losses or training.
"""

from attnlab.models.analysis.attention_maps import answer_attention, attention_maps
from attnlab.models.analysis.distance import distance_profile, half_life
from attnlab.models.analysis.influence import answer_influence, influence
from attnlab.models.analysis.occlusion import agreement, occlusion
from attnlab.models.classifier import (
    ALL_CLASSIFIERS,
    CLASSIFIER_FAMILIES,
    PRETRAINED_FAMILIES,
    ClassifierConfig,
    ClassifierModel,
)
from attnlab.models.config import FAMILIES, PICTURE_FAMILIES, SEQUENCE_FAMILIES, FamilyName, ModelConfig, NormName
from attnlab.models.kinds import FAMILIES_OF, AnyConfig, AnyModel, build_model, config_from_json
from attnlab.models.mixers import MIXERS, MixerTrace
from attnlab.models.model import ModelTrace, SequenceModel
from attnlab.models.parts.block import BlockTrace
from attnlab.models.parts.terms import AttentionTerms
from attnlab.models.seq2seq import SEQ2SEQ_FAMILIES, Seq2SeqConfig, Seq2SeqModel
from attnlab.models.sizes import (
    ModelFacts,
    body_parameters,
    count_parameters,
    describe,
    levels_to_reach,
    matched_width,
    reach,
    receptive_field,
    state_size,
)

__all__ = [
    "ALL_CLASSIFIERS",
    "CLASSIFIER_FAMILIES",
    "FAMILIES",
    "FAMILIES_OF",
    "MIXERS",
    "PICTURE_FAMILIES",
    "PRETRAINED_FAMILIES",
    "SEQ2SEQ_FAMILIES",
    "SEQUENCE_FAMILIES",
    "AnyConfig",
    "AnyModel",
    "AttentionTerms",
    "BlockTrace",
    "ClassifierConfig",
    "ClassifierModel",
    "FamilyName",
    "MixerTrace",
    "ModelConfig",
    "ModelFacts",
    "ModelTrace",
    "NormName",
    "Seq2SeqConfig",
    "Seq2SeqModel",
    "SequenceModel",
    "agreement",
    "answer_attention",
    "answer_influence",
    "attention_maps",
    "body_parameters",
    "build_model",
    "config_from_json",
    "count_parameters",
    "describe",
    "distance_profile",
    "half_life",
    "influence",
    "levels_to_reach",
    "matched_width",
    "occlusion",
    "reach",
    "receptive_field",
    "state_size",
]
