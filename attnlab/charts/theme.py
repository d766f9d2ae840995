"""Colours and sizes that the charts share; they read on light and dark ground and for the colour-blind."""

BAR = "#5a8ec4"
MARK = "#d9622b"
ROW_HEIGHT = 26
