"""A world as a fake for tests of clients, through respx or as a transport.

Nothing of the server imports this package, so whoever only runs the server pays nothing for it.
"""
