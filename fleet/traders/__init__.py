"""What traders have left in the bucket: pages and commands read it, and throw its switches; ``trader`` writes the rest."""
