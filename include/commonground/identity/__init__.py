"""Person records → contacts: who is who, where they live, and what a human said about it."""
