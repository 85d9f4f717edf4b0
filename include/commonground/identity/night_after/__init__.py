"""The night after: what is new placed among what is known."""
