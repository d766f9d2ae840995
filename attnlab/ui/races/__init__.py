"""What the pages with runs share: starting a run, watching it, finding it again."""
