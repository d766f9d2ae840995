"""The models page: pretrained models on any sentence."""

from attnlab.ui.models.page import models_page

models_page()
