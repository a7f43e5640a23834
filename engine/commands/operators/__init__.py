"""Operators that run inside the transaction of the step that calls them: `handle(tx, params) -> result`, one a file."""
