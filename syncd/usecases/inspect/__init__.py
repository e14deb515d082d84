"""Look at the archive and report what it holds and what is wrong. Nothing here writes or requests a mailing."""
