"""A rehearsal in an account: what AWS does where it does not say so, and whether the design holds all the same."""
