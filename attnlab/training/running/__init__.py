"""Who trains a run, and where: jobs and their cluster, the worker, and what it tells the store as it goes."""
