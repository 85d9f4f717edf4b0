"""Where the team is seen, and what the town talks about."""
