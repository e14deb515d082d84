"""Results made into text and JSON; it decides nothing and changes nothing."""
