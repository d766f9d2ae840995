"""Parts of `models`: fetching, predictions, translations, interventions."""
