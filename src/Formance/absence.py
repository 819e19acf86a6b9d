"""The value that stands for one that was not given."""

from typing import Self

__all__ = ["Unset", "unset"]


class Unset:
    """The type of `unset`, which stands for a value that was not given."""

    __slots__ = ()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def __repr__(self) -> str:
        return "unset"

    def __reduce__(self) -> str:
        return "unset"


unset = Unset()
