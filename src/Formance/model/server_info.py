"""The model ServerInfo."""

from collections.abc import Mapping
from typing import ClassVar

from flowgauge.client.answers import models
from Formance.schemas import Member, Model

__all__ = ["ServerInfo"]


class ServerInfo(Model):
    """What the server says of itself."""

    __slots__ = ()
    _shape: ClassVar[type] = models.ServerInfo
    version = Member[str]()

    def __init__(
        self,
        *args: Mapping[str, object],
        version: str,
        _configuration: object = None,
        **kwargs: object,
    ) -> None:
        self._fill(args, {"version": version, **kwargs})
