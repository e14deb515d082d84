"""One page in each module: what it reads of the archive, and the values that its template shows."""
