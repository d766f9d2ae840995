"""Colours and sizes that the charts share; they read on light and dark ground and for the colour-blind."""

BAR = "#5a8ec4"
MARK = "#d9622b"
ROW_HEIGHT = 26
SHARES = {"light": ("#ffffff", "#b6e2d8", "#22917d", "#00443c"), "dark": ("#1b212e", "#144e48", "#1e9686", "#96f0de")}
"""From nothing to the whole: the twin of `weight` in `painting/colors.js`, which has the colours of all canvases."""
SHARE = "#116a5c"
"""Of a share on either ground, half way between the two strongest of a light page: white reads on it."""
