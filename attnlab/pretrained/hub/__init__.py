"""Models of a hub, which the command `python -m attnlab models fetch` alone asks for anything.

`answers` has what the hub says of their files, `fetching` how they are brought here, `cache` where they lie.
"""
