"""The compiled engine: paths advance side by side, in stages that share one price matrix.

    model stage       random numbers -> prices             montecarlo.models
    strategy stage    prices -> target positions           montecarlo.strategies
    account stage     prices, targets -> results           montecarlo.engine.account

Every stage works on groups of LANES paths whose values lie side by side, so that each hot loop runs over lanes and LLVM
turns it into vector instructions.  docs/engine.md says what each choice is worth.
"""
