"""lanewatch: watch one commit travel through a delivery lane. The core, which knows no screen."""

__version__ = "0.1.0"
