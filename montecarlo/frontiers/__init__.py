"""Which weightings would have been best, and how little of that survives another draw of the same history."""
