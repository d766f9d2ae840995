"""What contenders have come to look at, against what a task knows: past lags, inputs that decide, a motif's letters."""
