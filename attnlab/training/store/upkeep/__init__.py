"""What is done for the whole store: bounds, counts, files to take along, backups and their way back."""
