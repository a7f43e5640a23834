"""Random and hostile FEEL expressions, and what it takes to put one through everything: for tests and bench."""
