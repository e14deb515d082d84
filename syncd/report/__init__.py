"""Make text, JSON and HTML of results. Nothing here decides or changes anything."""
