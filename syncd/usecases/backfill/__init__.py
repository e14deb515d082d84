"""Fill a range of old dates: plan it, harvest metadata, infer each paper's date, fetch first versions, write the digests."""
