"""Policy, suppression, consent and erasure."""
