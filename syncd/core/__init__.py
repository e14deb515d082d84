"""The pure half: values and decisions. Time, network, disk, log and randomness are arguments here."""
