"""A world that outlives its process: what it acknowledged is in a file before the answer leaves.

A world is a function of what it was asked and when, and of its random numbers. So the file holds the requests
that changed something, each with its instant and the seed of its random numbers; read again in their order,
they make the same world, in which runs have gone on meanwhile.
"""

import json
import os
import sqlite3
from pathlib import Path

from flowgauge.errors import UsageError
from flowgauge.limits import GIB, PeerLimits
from flowgauge.openapi import Json
from flowgauge.redaction import is_secret_header
from flowgauge.reference.world.message import JSON_HEADERS, Reply, WorldRequest
from flowgauge.reference.world.wire import encoded
from flowgauge.reference.world.world import World

__all__ = ["DurableWorld"]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_VERSION = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS about (edition TEXT NOT NULL, version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS requests (
    number INTEGER PRIMARY KEY, seed INTEGER NOT NULL, at REAL NOT NULL,
    method TEXT NOT NULL, path TEXT NOT NULL, query TEXT NOT NULL, headers TEXT NOT NULL, body BLOB NOT NULL
);
"""
_INSERT = "INSERT INTO requests (seed, at, method, path, query, headers, body) VALUES (?, ?, ?, ?, ?, ?, ?)"


class DurableWorld:
    """A clean world of an edition, with the file that it is kept in. `token` is one that it accepts.

    Survives the death of its process at any moment; a power cut may cost the last moments. Raises UsageError
    for a file that cannot be had, is another server's, or was not made by this.
    """

    def __init__(self, world: World, path: Path, *, edition: str, token: str) -> None:
        self._world, self._path, self._token = world, path, token
        self._latest = 0.0
        self._is_broken = False
        try:
            self._file = sqlite3.connect(path, isolation_level=None, timeout=0.2)
            # Of two servers on one file, neither would know what the other acknowledged.
            self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._file.execute("PRAGMA journal_mode = WAL")
            self._file.execute("PRAGMA synchronous = NORMAL")
            self._file.executescript(_TABLES)
            known = self._file.execute("SELECT edition, version FROM about").fetchone()
            if known is None:
                self._file.execute("INSERT INTO about VALUES (?, ?)", (edition, _VERSION))
            elif known != (edition, _VERSION):
                raise UsageError(
                    f"{path} is of the edition {known[0]}, version {known[1]}: not of {edition}, {_VERSION}"
                )
            self.replayed = self._replay()
        except sqlite3.OperationalError as error:
            hint = "another server may have it open" if "locked" in str(error) else None
            raise UsageError(f"{path} cannot be opened: {error}", hint=hint) from None
        except sqlite3.DatabaseError as error:
            raise UsageError(f"{path} is not a file of this server: {error}") from None

    def handle(self, request: WorldRequest, now: float) -> Reply:
        """The world's answer; a success that changes something is in the file before this returns."""
        # Should the system's time have been set back while no server ran.
        now = max(now, self._latest)
        if request.method in _SAFE or request.path == self._world.document.token_path:
            return self._world.handle(request, now)
        if self._is_broken:
            return self._unkept("an earlier request could not be kept: start the server again")
        seed = int.from_bytes(os.urandom(7), "big")
        self._world.random.seed(seed)
        reply = self._world.handle(request, now)
        # Tokens are made of random numbers too, and must not follow from what is in the file.
        self._world.random.seed()
        if 200 <= reply.status < 300:
            try:
                self._keep(request, now, seed)
            except sqlite3.Error as error:
                # The world has it and the file has not; what follows may build on it.
                self._is_broken = True
                return self._unkept(f"{self._path.name} cannot be written: {error}")
            self._latest = now
        return reply

    def reset(self) -> None:
        """Forget everything, in the file too."""
        self._file.execute("DELETE FROM requests")
        self._world.reset()

    def error_body(self, message: str) -> Json:
        """What an error looks like that says `message`."""
        return self._world.error_body(message)

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _keep(self, request: WorldRequest, now: float, seed: int) -> None:
        headers = [header for header in request.headers if not is_secret_header(header[0])]
        self._file.execute(
            _INSERT,
            (seed, now, request.method, request.path, request.query, json.dumps(headers), request.body),
        )

    def _replay(self) -> int:
        """Ask for everything again; how many requests that were."""
        limits = self._world.inputs.limits
        self._world.limit(PeerLimits(request_body=GIB, request_depth=limits.request_depth * 10))
        number = 0
        rows = self._file.execute(
            "SELECT number, seed, at, method, path, query, headers, body FROM requests ORDER BY number"
        )
        for number, seed, at, method, path, query, headers, body in rows:
            own = (("authorization", f"Bearer {self._token}"), *map(tuple, json.loads(headers)))
            self._world.random.seed(seed)
            reply = self._world.handle(WorldRequest(method, path, query, own, body), at)
            if not 200 <= reply.status < 300:
                raise UsageError(
                    f"{self._path} holds a request, number {number}, that is now answered {reply.status}"
                )
            self._latest = max(self._latest, at)
        self._world.random.seed()
        self._world.limit(limits)
        return number

    def _unkept(self, message: str) -> Reply:
        return Reply(503, JSON_HEADERS, encoded(self.error_body(message)))
