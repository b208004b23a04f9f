"""The command line: one file for each subcommand, each importing what it needs when it runs."""
