"""What traders have left in the bucket: pages and commands read it and throw switches; ``trader`` writes the rest."""
