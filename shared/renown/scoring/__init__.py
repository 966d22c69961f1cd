"""Scoring: from activity to scores. Pure."""

from typing import Final

CURRENT: Final = "2026-11c"
"""The version of the formula that scores are made with unless another is named."""
