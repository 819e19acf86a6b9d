"""One kind of thing, inferred from what its operations take and answer."""

from collections.abc import Mapping
from dataclasses import dataclass

from flowgauge.edition import Resource, Teller
from flowgauge.editions.from_document.paging import is_paged, pages_of, steps_of
from flowgauge.editions.from_document.paths import Paths
from flowgauge.editions.from_document.periods import periods_in
from flowgauge.editions.from_document.schemas import (
    answer_schema,
    folded,
    lists_in,
    member_called,
    objects_in,
    tells_location,
    type_at,
)
from flowgauge.openapi import Operation

__all__ = ["InferredThings", "Reason"]

Place = tuple[str, ...]
_IDS = ("id", "uuid", "uid", "guid", "key", "code", "slug", "name", "number")
_CREATED = dict.fromkeys(
    ("createdat", "created", "creationtime", "createtime", "createdon", "datecreated", "registeredat"), 0
)
_UPDATED = dict.fromkeys(
    (
        "updatedat",
        "updated",
        "updatetime",
        "updatedon",
        "modifiedat",
        "modified",
        "lastmodified",
        "changedat",
    ),
    0,
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that was inferred, or was not: of which kind, what, and why."""

    kind: str
    what: str
    why: str


class InferredThings:
    """The things at one prefix."""

    def __init__(self, paths: Paths, prefix: str, reasons: list[Reason]) -> None:
        self._paths, self._prefix, self._reasons = paths, prefix, reasons
        self._document = paths.document
        self._ids = paths.parameters[prefix]
        self._kind = paths.kinds[prefix]
        self._collection = prefix.removesuffix("/{}")

    def resource(self) -> Resource:
        """All that is known of them."""
        read, delete = self._paths.at(self._prefix, "GET"), self._paths.at(self._prefix, "DELETE")
        create, listing = (self._paths.at(self._collection, method) for method in ("POST", "GET"))
        place, id_name, view = self._view(read, create)
        id_name = self._name_sent(create, read, place, id_name) or id_name
        told_by = self._told_by(create, read, place, id_name)
        if told_by is None:
            assert create is not None
            self._say(
                "create", f"{create.id} does not answer with an id: nothing can be made and found again"
            )
            create = None
        if read is not None and (id_name is None or not self._has_id_at(read, place, id_name)):
            self._say("read", f"{read.id} does not show the id where a create does")
            read = None
        items = self._items(listing, id_name)
        parent = self._paths.parent_of(self._prefix)
        pages = steps = None
        if listing is not None and items is not None and is_paged(self._document, listing):
            pages = pages_of(self._document, listing)
            steps = steps_of(self._document, listing) if pages is None else None
            if pages is None and steps is None:
                self._say("list", f"{listing.id} comes in pages, and the document does not say what leads on")
                items = None
        if listing is None or items is None:
            listing = None
        for role, op in (("create", create), ("read", read), ("list", listing), ("delete", delete)):
            if op is not None:
                self._say(role, f"{op.method} {op.path}")
        named = {} if view is None else view
        result = Resource(
            kind=self._kind,
            parent=self._paths.kinds[parent] if parent is not None else None,
            ids=self._ids,
            create=create.id if create else None,
            read=read.id if read else None,
            list=listing.id if listing else None,
            delete=delete.id if delete else None,
            view=place,
            items=items or (),
            id=id_name or "id",
            parent_id=self._parent_id(named, parent),
            created_at=member_called(self._document, named, _CREATED, "time"),
            updated_at=member_called(self._document, named, _UPDATED, "time"),
            kept=self._kept(create, create if told_by == "view" else read, place, id_name),
            reuses_ids=self._is_id_sent(create, id_name),
            periods=periods_in(self._document, named, create.request_schema if create else None),
            pages=pages,
            steps=steps,
            told_by=told_by or "view",
            # What a client calls its things is another for each.
            unique=(f"/{id_name}",) if create and told_by == "body" else (),
        )
        self._say_names(result)
        return result

    def _say(self, what: str, why: str) -> None:
        self._reasons.append(Reason(self._kind, what, why))

    def _say_names(self, resource: Resource) -> None:
        if resource.read or resource.create:
            self._say("id", f"{'/'.join((*resource.view, resource.id))} in what is read and made")
        for name in ("parent_id", "created_at", "updated_at"):
            if getattr(resource, name) is not None:
                self._say(name, f"the member {getattr(resource, name)}")
        if resource.kept:
            self._say("kept", ", ".join(f"{sent or '/'} as {shown}" for shown, sent in resource.kept.items()))
        if resource.periods:
            self._say("periods", ", ".join(f"{begun} to {over}" for over, begun in resource.periods.items()))
        if resource.pages is not None:
            self._say("pages", f"{resource.pages.cursor} takes what {resource.pages.next} gives")
        if resource.steps is not None:
            counted = "pages" if resource.steps.counts_pages else "items"
            self._say("steps", f"{resource.steps.start} counts {counted}, {resource.steps.size} at a time")

    def _id_names(self) -> dict[str, int]:
        own = [*self._ids.values(), f"{self._kind}id", f"{self._kind}uuid"]
        names = [folded(name) for name in (*own, *_IDS)]
        return {name: rank for rank, name in reversed(list(enumerate(names)))}

    def _view(self, *operations: Operation | None) -> tuple[Place, str | None, Mapping[str, object] | None]:
        """Where a thing stands in an answer, its id's name, and its schema."""
        for op in operations:
            schema = answer_schema(op)
            for place, plain in objects_in(self._document, schema) if schema is not None else ():
                name = member_called(self._document, plain, self._id_names(), "string", "integer")
                if name is not None:
                    return place, name, plain
        return (), None, None

    def _has_id_at(self, operation: Operation, place: Place, name: str) -> bool:
        found = dict(objects_in(self._document, answer_schema(operation)))
        return type_at(self._document, found.get(place, {}), name) in {"string", "integer"}

    def _items(self, listing: Operation | None, id_name: str | None) -> Place | None:
        schema = answer_schema(listing)
        if listing is None or schema is None:
            return None
        if any(p.required and p.location == "query" for p in listing.parameters):
            self._say("list", f"{listing.id} must be told what to list")
            return None
        for place, item in lists_in(self._document, schema):
            names = {folded(id_name): 0} if id_name is not None else self._id_names()
            if member_called(self._document, item, names, "string", "integer") is not None:
                return place
        self._say("list", f"{listing.id} shows no list of things with an id")
        return None

    def _parent_id(self, view: Mapping[str, object], parent: str | None) -> str | None:
        if parent is None:
            return None
        names = {folded(name) for name in self._paths.parameters[parent].values()}
        names |= {folded(f"{self._paths.kinds[parent]}id")}
        # The document may have its own word for what the path calls otherwise: workflowID below /flows.
        properties = view.get("properties", {})
        assert isinstance(properties, dict)
        alike = [n for n in properties if any(folded(n).endswith(each) and len(each) > 2 for each in names)]
        types = {name: type_at(self._document, view, name) for name in alike}
        return next((name for name, kind in types.items() if kind in {"string", "integer"}), None)

    def _is_id_sent(self, create: Operation | None, id_name: str | None) -> bool:
        """Whether the client chooses the id."""
        if create is None or create.request_schema is None:
            return False
        sent = dict(objects_in(self._document, create.request_schema)).get((), {})
        return id_name in sent.get("properties", {})

    def _name_sent(
        self, create: Operation | None, read: Operation | None, place: Place, id_name: str | None
    ) -> str | None:
        """The name that a client must give and a read shows, where nothing else tells what was made."""
        if create is None or id_name is None or create.request_schema is None:
            return None
        if self._has_id_at(create, place, id_name) or self._is_id_sent(create, id_name):
            return None
        sent = dict(objects_in(self._document, create.request_schema)).get((), {})
        required = {
            name: each
            for name, each in sent.get("properties", {}).items()
            if name in sent.get("required", ())
        }
        name = member_called(self._document, {"properties": required}, self._id_names(), "string")
        is_shown = name is not None and read is not None and self._has_id_at(read, place, name)
        return name if is_shown and not tells_location(self._document, create) else None

    def _told_by(
        self, create: Operation | None, read: Operation | None, place: Place, id_name: str | None
    ) -> Teller | None:
        """What tells the id of what is made; None where nothing does."""
        if create is None or (id_name is not None and self._has_id_at(create, place, id_name)):
            return "view"
        if read is None or id_name is None or not self._has_id_at(read, place, id_name):
            return None
        teller: Teller = "body" if self._is_id_sent(create, id_name) else "location"
        what = f"the member {id_name} of its body" if teller == "body" else "its Location, if it has one"
        self._say("told_by", f"{create.id} does not answer with an id, which is that of {what}")
        return teller

    def _kept(
        self, create: Operation | None, shows: Operation | None, place: Place, id_name: str | None
    ) -> dict[str, str]:
        """What a create is sent and the thing shows, by its names: where most of them stand together."""
        if create is None or create.request_schema is None:
            return {}
        sent = dict(objects_in(self._document, create.request_schema)).get((), {})
        found: dict[str, str] = {}
        for where, shown in objects_in(self._document, answer_schema(shows)):
            if where[: len(place)] != place:
                continue
            inner = "".join(f"/{_escaped(name)}" for name in where[len(place) :])
            alike = {
                f"{inner}/{_escaped(name)}": f"/{_escaped(name)}"
                for name in sent.get("properties", {})
                if name != id_name and self._is_alike(sent, shown, name)
            }
            found = max(found, alike, key=len)
        return found

    def _is_alike(self, sent: Mapping[str, object], shown: Mapping[str, object], name: str) -> bool:
        one, other = (type_at(self._document, each, name) for each in (sent, shown))
        properties = sent.get("properties", {})
        assert isinstance(properties, dict)
        is_hidden = isinstance(properties[name], dict) and properties[name].get("writeOnly") is True
        # A time may be written in many ways.
        return one == other not in {None, "time"} and not is_hidden


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
