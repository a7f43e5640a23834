"""Trying a process out on a virtual clock with invented people and answers. Touches no database but its own."""
