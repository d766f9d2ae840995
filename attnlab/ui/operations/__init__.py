"""What those who run the app ask of it: is it well, how much is done, what was it that failed. No learner sees it."""
