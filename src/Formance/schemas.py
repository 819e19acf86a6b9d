"""Immutable mappings of plain Python values: what decoded bodies and request models are.

They are dicts, so that json, pickle, pprint and comparison work as everywhere, with every way of changing
one closed. Lists inside are tuples, so that a whole body can be hashed.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, Never, NoReturn, Self, TypeVar, overload

import msgspec

from flowgauge.client.answers.reading import checked, converted, decoded
from Formance.absence import Unset, unset
from Formance.exceptions import ApiAttributeError, ApiTypeError, ApiValueError

__all__ = ["FrozenMapping", "Member", "Model", "Unset", "frozen", "frozen_in_place", "frozen_tuple", "unset"]

T = TypeVar("T")
# By names of their own: a list of workflows makes hundreds of mappings.
_new, _update = dict.__new__, dict.update


class FrozenMapping(dict[str, Any]):
    """A dict that cannot be changed, and so can be hashed."""

    __slots__ = ()

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise TypeError(f"{type(self).__name__} cannot be changed; dict(...) makes a copy that can")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: object) -> Self:
        return self

    def copy(self) -> Self:
        """The mapping itself: nothing can tell it from a copy."""
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return _revived, (type(self), dict(self))

    def get_item_oapg(self, name: str) -> Any:
        """The member of that name, or `unset`."""
        return self.get(name, unset)


class Member(Generic[T]):
    """A declared member as an attribute: `body.data` is `body["data"]`. Raises ApiAttributeError."""

    __slots__ = ("_name",)

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...
    @overload
    def __get__(self, instance: FrozenMapping, owner: type) -> T: ...
    def __get__(self, instance: FrozenMapping | None, owner: type) -> Self | T:
        if instance is None:
            return self
        try:
            value: T = instance[self._name]
        except KeyError:
            raise ApiAttributeError(f"this {owner.__name__} has no {self._name!r}") from None
        return value

    def __set__(self, instance: FrozenMapping, value: Never) -> NoReturn:
        raise ApiAttributeError(f"{type(instance).__name__} cannot be changed")


class Model(FrozenMapping):
    """A mapping whose declared members are checked.

    `_shape` is the typed value that says what they are; `_within` how those that hold models are frozen.
    """

    __slots__ = ()
    _shape: ClassVar[Any]
    _within: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}
    _declared: ClassVar[frozenset[str]]
    _required_count: ClassVar[int]

    def __init_subclass__(cls) -> None:
        cls._declared = frozenset(name for name, value in vars(cls).items() if isinstance(value, Member))
        members = getattr(cls._shape, "__struct_fields__", None)
        # A shape without members of its own requires none, and says nothing of those that are there.
        cls._required_count = -1 if members is None else len(members) - len(cls._shape.__struct_defaults__)

    @classmethod
    def from_openapi_data_oapg(cls, value: Mapping[str, Any], _configuration: object = None) -> Self:
        """A model of decoded JSON. Raises ApiTypeError and ApiValueError, with the member's path."""
        cls.check(value)
        return cls.wrap(_thawed(value))

    @classmethod
    def from_body(cls, content: bytes) -> Self:
        """A model of a response's body, with the client's tolerance. Raises `reading.UnreadableBody`."""
        return cls.wrap(checked(decoded(content), cls._shape))

    def _fill(self, given: tuple[Mapping[str, object], ...], named: Mapping[str, object]) -> None:
        members: dict[str, object] = {}
        for source in (*given, named):
            members |= {name: value for name, value in source.items() if value is not unset}
        self.check(members)
        dict.update(self, self.wrap(_thawed(members)))

    @classmethod
    def check(cls, value: object) -> None:
        """Raises ApiTypeError or ApiValueError, with the member's path, where `value` is not of the shape."""
        try:
            converted(value, cls._shape)
        except msgspec.ValidationError as error:
            # msgspec's words: "Expected" and "missing" are about types, "Invalid" about values.
            kind = ApiValueError if str(error).startswith("Invalid") else ApiTypeError
            raise kind(f"{cls.__name__}: {error}") from None

    @classmethod
    def wrap(cls, value: dict[str, Any]) -> Self:
        """A model of a value that is known to be of its shape, and whose dicts and lists nobody else has.

        They are changed on the way: a list of 50 workflows holds hundreds of them, and copies would double
        what reading it costs.
        """
        for name, freeze in cls._within.items():
            if name in value:
                value[name] = freeze(value[name])
        # The other declared members hold no dicts and no lists: the shape says so. It also says that all the
        # required ones are here: where there are as many, there is none beside them.
        if len(value) != cls._required_count and not cls._declared.issuperset(value):
            for name, member in value.items():
                if type(member) in _OPEN:
                    value[name] = frozen_in_place(member)
        made = _new(cls)
        _update(made, value)
        return made


_OPEN = frozenset({dict, list})


def frozen_mapping(value: dict[str, Any]) -> FrozenMapping:
    """A decoded dict, which nobody else has, as a FrozenMapping; and so all within it."""
    for name, member in value.items():
        kind = type(member)
        if kind is dict:
            value[name] = frozen_mapping(member)
        elif kind is list:
            value[name] = frozen_tuple(member)
    return FrozenMapping(value)


def frozen_tuple(value: list[Any]) -> tuple[Any, ...]:
    """A decoded list, which nobody else has, as a tuple; and so all within it."""
    return tuple(
        [
            frozen_mapping(item) if type(item) is dict else frozen_tuple(item) if type(item) is list else item
            for item in value
        ]
    )


def frozen_in_place(value: Any) -> Any:
    """Any decoded value, which nobody else has, with its dicts and lists frozen."""
    kind = type(value)
    if kind is dict:
        return frozen_mapping(value)
    return frozen_tuple(value) if kind is list else value


def frozen(value: Any) -> Any:
    """`value` with every mapping in it a FrozenMapping and every list a tuple, as a copy."""
    return frozen_in_place(_thawed(value))


def _thawed(value: Any) -> Any:
    """A copy in plain dicts, lists and text of times, however they came."""
    if isinstance(value, Mapping):
        return {name: _thawed(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_thawed(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _revived(kind: type[FrozenMapping], members: dict[str, Any]) -> FrozenMapping:
    made = kind.__new__(kind)
    dict.update(made, members)
    return made
