"""Compiled validators: one for each schema and side of an exchange, made when it is first asked for.

A *closed* check also refuses members that the document does not declare: the document itself stays open (a
client must tolerate additions), but a server that sends more than it promised is worth a finding.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import jsonschema_rs

from flowgauge.openapi.closedness import surplus
from flowgauge.openapi.keywords import CHILD_MAPS, CHILDREN, is_ref, number_of, numbered, same_value
from flowgauge.openapi.operations import Json
from flowgauge.openapi.references import References
from flowgauge.openapi.schemas import Schemas, Side
from flowgauge.openapi.source import escaped

__all__ = ["Validators", "Violation"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One way in which a value breaks its schema. `pointer` is a JSON pointer into the value.

    `schema_pointer` is one into the document, and ends in the keyword that was broken: it tells where the
    rule stands, behind all references. An undeclared member breaks `additionalProperties` of the schema that
    does not declare it.
    """

    pointer: str
    message: str
    schema_pointer: str = ""

    def __str__(self) -> str:
        return f"{self.pointer or '(root)'}: {self.message}"


class Validators:
    """Those of one side of an exchange. Raises UsageError, with the place, where a schema is none."""

    def __init__(self, references: References, side: Side, *, is_3_0: bool) -> None:
        self._references = references
        self._schemas = Schemas(references, side, is_3_0=is_3_0)
        self._numbers: dict[str, int] = {}
        self._by_number: dict[tuple[int, bool], jsonschema_rs.Draft202012Validator] = {}
        self._declaring: dict[int, bool] = {}

    def compile(self, *pointers: str | None) -> None:
        """Compile the schemas at these pointers, where there are any."""
        for pointer in pointers:
            if pointer is not None:
                self._number(pointer)

    def violations(self, pointer: str | None, value: Json, *, closed: bool = False) -> tuple[Violation, ...]:
        """How a value breaks the schema at a pointer; where there is none it breaks nothing."""
        if pointer is None:
            return ()
        number = self._number(pointer)
        validator = self._validator(number, closed=False)
        # is_valid is several times cheaper than an empty iter_errors, and nearly every value is valid.
        # The sealed validator refuses all that a closed check does, and sometimes more: so the walk decides.
        if validator.is_valid(value) and not (
            closed and not self._validator(number, closed=True).is_valid(value)
        ):
            return ()
        found = [found for error in validator.iter_errors(value) for found in self._pointed(error)]
        if closed:
            found += [
                Violation(more.pointer, _unexpected(more.names), more.schema_pointer)
                for more in surplus(self._schemas, number, value, self._matches)
            ]
        return tuple(dict.fromkeys(found))

    def _number(self, pointer: str) -> int:
        if pointer not in self._numbers:
            number = self._schemas.number(pointer)
            self._validator(number, closed=False)
            self._numbers[pointer] = number
        return self._numbers[pointer]

    def _matches(self, number: int, value: Json) -> bool:
        return self._validator(number, closed=False).is_valid(value)

    def _validator(self, number: int, *, closed: bool) -> jsonschema_rs.Draft202012Validator:
        key = (number, closed)
        if key not in self._by_number:
            self._by_number[key] = self._compile(number, closed=closed)
        return self._by_number[key]

    def _compile(self, number: int, *, closed: bool) -> jsonschema_rs.Draft202012Validator:
        reachable = {index: self._schemas.schema(index) for index in self._schemas.reachable(number)}
        root: Json = numbered(number)
        if closed:
            root = self._sealed(root)
            reachable = {index: self._children_sealed(schema) for index, schema in reachable.items()}
        shape = {**root, "$defs": {str(index): schema for index, schema in reachable.items()}}
        try:
            return jsonschema_rs.Draft202012Validator(shape, validate_formats=True, offline=True)
        except jsonschema_rs.ValidationError as error:
            path = error.instance_path
            place = self._schemas.pointer(path) if path[:1] == ["$defs"] else self._schemas.place(number)
            raise self._references.refused(
                place, f"this is not a schema that can be judged by: {error.message}"
            ) from None
        except ValueError as error:
            place = self._schemas.place(number)
            raise self._references.refused(place, f"this is not a schema: {error}") from None

    def _pointed(self, error: jsonschema_rs.ValidationError) -> Iterator[Violation]:
        """A failure, or those of the one branch of a choice that is for values of this type."""
        context = getattr(error.kind, "context", ()) if error.kind.name in {"anyOf", "oneOf"} else ()
        meant = [
            branch
            for branch in context
            if branch
            and not any(e.instance_path == error.instance_path and e.kind.name == "type" for e in branch)
        ]
        if len(context) > 1 and len(meant) == 1:
            for inner in meant[0]:
                yield from self._pointed(inner)
            return
        yield Violation(
            "".join(f"/{escaped(str(part))}" for part in error.instance_path),
            error.message,
            self._schemas.pointer(error.schema_path),
        )

    def _sealed(self, ref: Json) -> Json:
        """A schema of a member or item, with what it does not declare refused, where it declares anything."""
        if is_ref(ref) and self._declares(number_of(ref)):
            return {**ref, "unevaluatedProperties": False}
        return ref

    def _children_sealed(self, schema: Json) -> Json:
        if not isinstance(schema, dict):
            return schema
        sealed = dict(schema)
        for key in sealed.keys() & set(CHILDREN) - {"contains", "propertyNames"}:
            sealed[key] = self._sealed(sealed[key])
        for key in sealed.keys() & set(CHILD_MAPS):
            sealed[key] = {name: self._sealed(child) for name, child in sealed[key].items()}
        if "prefixItems" in sealed:
            sealed["prefixItems"] = [self._sealed(child) for child in sealed["prefixItems"]]
        return sealed

    def _declares(self, number: int) -> bool:
        """Whether a schema, or one that it applies to the same value, names members."""
        if number not in self._declaring:
            schema = self._schemas.schema(number)
            names = isinstance(schema, dict) and (schema.get("properties") or schema.get("patternProperties"))
            self._declaring[number] = bool(names) or any(map(self._declares, same_value(schema)))
        return self._declaring[number]


def _unexpected(names: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{name}'" for name in names)
    verb = "was" if len(names) == 1 else "were"
    return f"Additional properties are not allowed ({listed} {verb} unexpected)"
