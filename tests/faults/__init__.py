"""Whatever can go wrong, in every combination."""
