"""The web face of an archive: pages, JSON and feeds of what is held, for the extra `syncd[web]`. It only reads."""
