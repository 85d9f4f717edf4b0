"""An invented town: people with known truth, their exports, and servers that speak the vendors' protocols."""
