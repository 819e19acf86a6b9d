"""Requests and answers on sockets."""
