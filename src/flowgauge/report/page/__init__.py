"""The HTML page and its drawings."""
