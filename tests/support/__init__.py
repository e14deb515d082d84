"""What several tests need: small archives, loopback worlds, clocks and servers. It holds no test."""
