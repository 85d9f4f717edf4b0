"""What is measured over all records and then laid on each."""
