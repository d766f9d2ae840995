"""How many visitors share one process: runs in turn and heard out, floods, uploads and what is left behind bounded."""
