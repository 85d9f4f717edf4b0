"""The noisy shadow of the town: each module copies what is true into one vendor's format."""
