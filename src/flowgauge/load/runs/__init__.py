"""One run from settings to result, on this process or on workers."""
