"""The class: a page for the teacher and for whoever follows, and the routes by which they hear of each other."""
