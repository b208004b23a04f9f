"""Price histories: where they come from, what they are checked for, and the calendar they follow."""
