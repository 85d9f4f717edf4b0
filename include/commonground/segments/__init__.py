"""Need, place and ties → the three groups, who opted out, whether the score works, and what a person reads in the morning."""
