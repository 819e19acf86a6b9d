"""flowgauge holds an orchestration server to its contract and measures its run path."""

__version__ = "0.1.0"

__all__ = ["__version__"]
