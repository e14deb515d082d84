"""What lies on disk: digests, marker, locks and the vault of raw responses. It knows no SQL."""
