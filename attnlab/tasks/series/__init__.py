"""Forecasting: the next value of a series from those before it.

Numbers and dates of a stranger's file (`numbers`, `dates`) become a series without gaps (`reading`), as those that come
with the app do (`shipped`); the task cuts it into windows (`task`), and what needs no learning stands in `floors`.
"""
