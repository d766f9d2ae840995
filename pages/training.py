"""The training page: contenders learn the same task at the same time, and what forms in them is on screen."""

from attnlab.ui.training.page import training_page

training_page()
