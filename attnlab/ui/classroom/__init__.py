"""The class: a page for the teacher and for whoever follows, and what the routes of `/room` do."""
