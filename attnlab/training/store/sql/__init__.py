"""The database beneath the store: tables, column types, transactions."""
