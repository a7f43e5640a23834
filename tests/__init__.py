"""The tests, one folder per tier; `tests/README.md` says what each proves."""
