"""What people wrote, joined, liked → interests with evidence."""
