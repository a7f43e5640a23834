"""The tests, one folder per tier; tests/shape guards the design, tests/bench measures and is run by `make bench`."""
