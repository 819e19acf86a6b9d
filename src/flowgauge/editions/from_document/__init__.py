"""An edition made from a document alone: anybody's API, with nothing written for it."""
