"""What a learner brings: a table of texts, said how it is read, and what is too large or too little."""
