"""The world behind HTTP, in this process or in one of its own."""
