"""One module for each command, named like the command. `syncd.cli.main` finds them."""
