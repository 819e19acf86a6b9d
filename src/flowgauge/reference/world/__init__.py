"""The machinery of worlds: how a request finds its operation, who may come in, pages, JSON, clocks."""
