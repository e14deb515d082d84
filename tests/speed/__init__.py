"""Speed with proof: each goal is a ratio to a comparator that is measured in the same run. `make bench` runs it."""
