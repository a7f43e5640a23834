"""`python -m engine …`: the same commands as the web pages, for people at a terminal and for other programs.

Exit code 0 only on success, 1 when the thing asked for was refused, 2 when the call itself was wrong. With `--json` the
last line of standard output is one JSON value; progress and messages go to standard error.
"""
