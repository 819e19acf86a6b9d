"""What the rooms work with: an edition of an API, and the resources that it is about.

An edition is a value. It says which things there are (a workflow, a run; a customer's pet), which operations
make, read, list and delete them, and where in an answer they stand. Everything generic (which status a
request deserves, whether a read equals the write, whether a list holds each thing once) follows from that
and from the document. What is an edition's own lies in its folder below `editions`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

from flowgauge.errors import UsageError
from flowgauge.openapi import Document, Json, Operation

__all__ = ["Edition", "Pages", "Resource", "Role", "Steps", "Teller", "member"]

Role = Literal["create", "read", "list", "delete"]
Teller = Literal["view", "location", "body"]
Place = tuple[str, ...]
_ROLES: tuple[Role, ...] = ("create", "read", "list", "delete")


@dataclass(frozen=True, slots=True)
class Pages:
    """How a list comes in pages.

    `size` and `cursor` are the query parameters that ask for them, `default_size` how many items a page
    holds where none is asked for (None: not promised). `frame` is where the other four, members of the
    answer, stand; an API may lack all of them but `next`.
    """

    size: str
    cursor: str
    frame: Place
    next: str
    previous: str | None = None
    has_more: str | None = None
    page_size: str | None = None
    default_size: int | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """How a list comes in parts that are counted.

    `size` and `start` are the query parameters that say how many items, and from where on. Items are counted,
    or pages where it `counts_pages`; `first` is where the list begins.
    """

    size: str
    start: str
    counts_pages: bool = False
    first: int = 0


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of thing.

    `ids` maps each operation that has this thing's id in its path to the parameter that holds it: one thing
    may have several names there. `create`, `read`, `list` and `delete` are operation ids. `view` is where the
    thing stands in the answer to a create or a read, `items` where the things stand in that to a list. The
    rest are members of a view: its own id (empty where it has none), its parent's, and its times. `kept` maps
    a JSON pointer into the view to one into the body of the create: what was sent there comes back there,
    exactly, but for members below a place of `declared_only` that have none of the names there, which may be
    dropped; `absent_body` is what a create without a body means. A constant thing looks the same for ever.
    `reuses_ids` where a new thing may get the id of one that is gone, as with an id that the client chooses.
    `is_newest_first` where the document promises that order of the list. `references` maps a JSON pointer
    into the body of the create to the kind of the thing that is named there, and `filters` a query parameter
    of the list to the member of a view that it is looked for in. `periods` maps where in a view the time
    stands at which something of the thing was over to where it began; `*` is each item of a list. A list
    comes in `pages`, each of which leads to the next, or in `steps`, or in one piece. The id of what a create
    made is `told_by` the view in its answer, by the Location of that, or by the member of the body that is
    called as the id is. What stands at the JSON pointers `unique` in the body of the create is another for
    each thing.
    """

    kind: str
    parent: str | None = None
    ids: Mapping[str, str] = field(default_factory=dict)
    create: str | None = None
    read: str | None = None
    list: str | None = None
    delete: str | None = None
    view: Place = ("data",)
    items: Place = ("data",)
    id: str = "id"
    parent_id: str | None = None
    created_at: str | None = None
    updated_at: str | None = None
    kept: Mapping[str, str] = field(default_factory=dict)
    declared_only: Mapping[str, frozenset[str]] = field(default_factory=dict)
    absent_body: Json = None
    is_constant: bool = False
    reuses_ids: bool = False
    is_newest_first: bool = False
    references: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, str] = field(default_factory=dict)
    periods: Mapping[str, str] = field(default_factory=dict)
    pages: Pages | None = None
    steps: Steps | None = None
    told_by: Teller = "view"
    unique: tuple[str, ...] = ()

    def role_of(self, operation_id: str) -> Role | None:
        """What an operation does with things of this kind, if it is one of the four."""
        return next((role for role in _ROLES if getattr(self, role) == operation_id), None)

    def id_in(self, view: Json) -> str | None:
        """The id in a view as it stands in a path: a text, or an integer's digits; None where neither is."""
        value = view.get(self.id) if isinstance(view, dict) else None
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return value if isinstance(value, str) else None


@dataclass(frozen=True, eq=False)
class Edition:
    """One edition of an API.

    `greeting` is an operation that anybody with a valid token may call at any time, and `version` where its
    answer names the server's version. `error_message` is where an error says why. `plain` are path
    parameters that are no thing's id (a page number, say). `stateful` are operations that a thing's state may
    forbid, and no document says which. `aliases` are other names of operations, by which code of several
    editions calls them. Of one that `is_inferred` nothing is known but its document: what that does not say
    is held against no server.

    Raises UsageError where a path parameter of the document is of no resource: nobody could tell then which
    status a request deserves.
    """

    name: str
    document: Document
    resources: tuple[Resource, ...] = ()
    greeting: str | None = None
    version: Place = ()
    error_message: Place = ()
    plain: frozenset[str] = frozenset()
    stateful: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)
    is_inferred: bool = False

    def __post_init__(self) -> None:
        self._check()

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every operation, in the order of the document."""
        return self.document.operations

    def operation(self, operation_id: str) -> Operation:
        """The operation of that id, or alias. Raises HarnessError where there is none."""
        return self.document.operation(self.aliases.get(operation_id, operation_id))

    def resource(self, kind: str) -> Resource:
        """The resource of that kind. Raises KeyError where there is none."""
        return self._by_kind[kind]

    def role_of(self, operation_id: str) -> tuple[Resource, Role] | None:
        """Which resource an operation makes, reads, lists or deletes, and which of these it does."""
        return self._roles.get(self.aliases.get(operation_id, operation_id))

    def kinds_in(self, operation: Operation) -> tuple[tuple[str, str], ...]:
        """The kind and the parameter of each id in an operation's path, in the order of the path."""
        return self._kinds[operation.id]

    def ids_by_kind(self, operation: Operation, values: Mapping[str, str]) -> dict[str, str]:
        """The ids in a path by kind, from those by parameter."""
        return {kind: values[parameter] for kind, parameter in self._kinds[operation.id]}

    def values_of(self, operation: Operation, ids: Mapping[str, str]) -> dict[str, str]:
        """The path's values by parameter, from ids by kind; other parameters are looked up by their names."""
        known = {parameter: ids[kind] for kind, parameter in self._kinds[operation.id]}
        return {name: known[name] if name in known else ids[name] for name in operation.path_parameters}

    def takes(self, operation: Operation) -> frozenset[str]:
        """What must be known to call an operation: the kinds of its ids, and its plain path parameters."""
        kinds = {parameter: kind for kind, parameter in self._kinds[operation.id]}
        return frozenset(kinds.get(name, name) for name in operation.path_parameters)

    def ancestors(self, resource: Resource) -> Iterator[Resource]:
        """The resource's parent, its parent, and so on."""
        while resource.parent is not None:
            resource = self.resource(resource.parent)
            yield resource

    def without_security(self) -> "Edition":
        """The same API on a server that asks for no credential."""
        return replace(self, document=self.document.without_security())

    @cached_property
    def error_operation(self) -> Operation | None:
        """An operation whose `default` response is what any error of the API looks like, if there is one."""
        return next((op for op in self.operations if "default" in op.responses), None)

    @cached_property
    def _by_kind(self) -> dict[str, Resource]:
        return {resource.kind: resource for resource in self.resources}

    @cached_property
    def _roles(self) -> dict[str, tuple[Resource, Role]]:
        return {
            operation_id: (resource, role)
            for resource in self.resources
            for role in _ROLES
            if (operation_id := getattr(resource, role)) is not None
        }

    @cached_property
    def _kinds(self) -> dict[str, tuple[tuple[str, str], ...]]:
        found = {}
        for op in self.operations:
            kinds = {
                resource.ids[op.id]: resource.kind for resource in self.resources if op.id in resource.ids
            }
            found[op.id] = tuple((kinds[name], name) for name in op.path_parameters if name in kinds)
        return found

    def _check(self) -> None:
        for resource in self.resources:
            if resource.parent is not None and resource.parent not in self._by_kind:
                raise self._wrong(f"{resource.kind} is below {resource.parent}, which is no kind")
            for pointer, kind in resource.references.items():
                if kind not in self._by_kind:
                    raise self._wrong(f"{resource.kind} names a {kind} at {pointer}, which is no kind")
            for operation_id, parameter in resource.ids.items():
                if parameter not in self.operation(operation_id).path_parameters:
                    raise self._wrong(f"{operation_id} has no path parameter {parameter!r}")
        for op in self.operations:
            known = {parameter for _, parameter in self._kinds[op.id]} | self.plain
            for name in op.path_parameters:
                if name not in known:
                    raise self._wrong(
                        f"the path parameter {{{name}}} of {op.id} ({op.method} {op.path}) is of no "
                        "resource, so nobody can tell which status a request deserves",
                        hint=f"name it in the `ids` of a Resource, as {{{op.id!r}: {name!r}}}, or in `plain`",
                    )

    def _wrong(self, what: str, *, hint: str | None = None) -> UsageError:
        return UsageError(f"edition {self.name}: {what}", hint=hint)


def member(value: Json, place: Place) -> Json:
    """What stands at a place of a JSON value, by the names of its members; None where nothing does."""
    for name in place:
        if not isinstance(value, dict) or name not in value:
            return None
        value = value[name]
    return value
