"""Print a comparison in each of its formats."""
