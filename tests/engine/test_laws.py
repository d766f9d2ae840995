"""The engine keeps every law, on every device, with the trace and without."""

from typing import Any

import pytest
import torch
from torch import Tensor

from attnlab.engine import Projections, attention, attention_output, multi_head_attention, multi_head_output
from tests.engine.laws import ATTENTION_LAWS, LAYER_LAWS, Attend, Layer
from tests.engine.reference import EXACT_DEVICES


def traced(query: Tensor, key: Tensor, value: Tensor, **options: Any) -> Tensor:
    return attention(query, key, value, **options).output


def traced_layer(x: Tensor, projections: Projections, **options: Any) -> Tensor:
    return multi_head_attention(x, projections, **options).output


@pytest.mark.parametrize("device", EXACT_DEVICES)
@pytest.mark.parametrize("attend", [traced, attention_output])
@pytest.mark.parametrize("law", ATTENTION_LAWS, ids=lambda law: law.__name__)
def test_attention_keeps_the_law(law: Any, attend: Attend, device: str) -> None:
    law(attend, torch.device(device))


@pytest.mark.parametrize("device", EXACT_DEVICES)
@pytest.mark.parametrize("layer", [traced_layer, multi_head_output])
@pytest.mark.parametrize("law", LAYER_LAWS, ids=lambda law: law.__name__)
def test_a_layer_keeps_the_law(law: Any, layer: Layer, device: str) -> None:
    law(layer, torch.device(device))
