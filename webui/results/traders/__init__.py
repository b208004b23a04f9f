"""How traders on paper are shown: to people on pages, and to scripts."""
