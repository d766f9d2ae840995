"""Parts of `race`: its options, the learner's own data, results, going on after an interruption."""
