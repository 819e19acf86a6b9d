"""The API's methods."""
