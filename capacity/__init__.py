"""How many machines the worker fleet has: the policy that moves its target, and what comes of it.

The policy is written once, in ``cloudformation/``; everything here reads it from the resolved templates.
"""
