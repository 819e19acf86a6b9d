"""The models of the API, one module for each."""
