"""One module a command, named as the command is; `syncd.cli.main` finds them."""
