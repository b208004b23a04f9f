"""How often intervals contain what they are for; see docs/calibration.md."""
