"""What a skill means, in a sentence."""

from montecarlo.trained.skill import Skill

_DOES = {"long": "buying", "short": "selling short"}


def sentence(side: str, skill: Skill) -> str:
    """Whether there is any skill, and whether more than volatility alone would have."""
    found = (
        f"{_DOES[side]}: on {skill.days:,} days that it has not seen, worth about {skill.effective_days:,.0f} "
        f"independent ones, the area under the curve is {skill.auc:.3f} ({skill.auc_low:.3f} to {skill.auc_high:.3f})"
    )
    if skill.auc_high < 0.5:
        return f"{found}: worse than chance, so what held in training has turned round"
    if not skill.is_shown:
        return f"{found}, which is within error of no skill at all, 0.5"
    if skill.excess_auc_low > 0:
        return f"{found}: some skill, and more than yesterday's volatility alone, {skill.volatility_auc:.3f}"
    return (
        f"{found}: some skill, and none is shown beyond what yesterday's volatility alone tells, "
        f"{skill.volatility_auc:.3f}"
    )
