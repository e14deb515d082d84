"""The files of an archive: digests, marker, locks and the vault of raw responses. It knows no SQL."""
