"""A package so that tests can share what they measure with, and so that it is ours and not another's of that name."""
