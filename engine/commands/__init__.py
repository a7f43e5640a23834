"""One verb per file: a frozen dataclass that says what is wanted, and `handle`, which does it inside a transaction."""
