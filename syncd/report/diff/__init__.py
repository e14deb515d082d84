"""A comparison printed in each of its formats."""
