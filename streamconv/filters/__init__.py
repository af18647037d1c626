"""The record filters: batches in, batches out. To add one: a file here, and its name below."""

from streamconv.filters.events import Events
from streamconv.filters.guard import Guard
from streamconv.filters.label import Label
from streamconv.filters.lossless import Lossless
from streamconv.filters.markers import WithoutMarkers
from streamconv.filters.slices import Skip, Tail, Take
from streamconv.filters.where import ExpressionError, Where

__all__ = [
    "Events",
    "ExpressionError",
    "Guard",
    "Label",
    "Lossless",
    "Skip",
    "Tail",
    "Take",
    "Where",
    "WithoutMarkers",
]
