"""Ties, how strong they are, who can introduce whom, and whose review speaks to whom."""
