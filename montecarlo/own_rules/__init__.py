"""People's own rules: loaded from a file, tried before they cost anything, and run in processes of their own."""
