"""syncd keeps an archive of daily arXiv digests true."""

__version__ = "0.1.0"
