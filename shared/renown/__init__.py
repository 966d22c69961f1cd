"""Renown: an influence score that people can check."""
