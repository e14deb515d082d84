"""What the program does, one use case a module: the only place where source, files, database and plan meet."""
