"""How right and how fast, with the command that shows it. Nothing here is asserted by timed tests."""
