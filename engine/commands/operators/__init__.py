"""Operators that run in the transaction of the step that asks for them: `handle(tx, params) -> JSON`, one a file.

Each checks everything before it writes anything: the step of a timer keeps what was done before an error.
"""
