"""Edition v2 on a server that keeps its document in another dress: an edition in a file, as `dressed` is."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flowgauge.contract.edition_part import ContractPart
from flowgauge.edition import Edition
from flowgauge.editions import contract_part as v2_contract_part
from flowgauge.editions import edition_named
from flowgauge.editions import world_part as v2_world_part
from flowgauge.editions.v2.faults.changing import change_answer, change_items, instead_of
from flowgauge.editions.v2.world.expressions import TriggerExpressionError, evaluated
from flowgauge.editions.v2.world.listing import Filters
from flowgauge.editions.v2.world.store import StoredInstance, StoredTrigger
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.reference import WorldPart
from flowgauge.reference.faults import ANY, FaultGroup, FaultTable, wrap, wrap_answer
from flowgauge.reference.world.inputs import Query, Refused
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.world import OperationAnswer, RoutedRequest

SOUND = FaultGroup[InstanceWorld]("sound")
BROKEN = FaultGroup[InstanceWorld]("broken")
View = dict[str, Any]
InstanceView = Callable[[StoredInstance, float], View]
_TIMES = {"createdAt", "updatedAt", "startedAt", "terminatedAt", "date"}


def dress(name: str) -> Callable[[Callable[[InstanceWorld], None]], Callable[[InstanceWorld], None]]:
    return SOUND.fault(name, ANY, "state", f"{name}, which is legal.")


def broken(
    name: str, *findings: str
) -> Callable[[Callable[[InstanceWorld], None]], Callable[[InstanceWorld], None]]:
    return BROKEN.fault(name, ANY, "state", f"{name}, which is not.", findings)


def _spelled(value: Any, spell: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        # What is inside a configuration was sent, and comes back as it was.
        return {
            k: spell(v)
            if k in _TIMES and isinstance(v, str)
            else v
            if k in {"config", "vars"}
            else _spelled(v, spell)
            for k, v in value.items()
        }
    return [_spelled(item, spell) for item in value] if isinstance(value, list) else value


def _respell(world: InstanceWorld, spell: Callable[[str], str]) -> None:
    wrap(world.ok, lambda ok, value: ok(_spelled(value, spell)))

    def created(create: Callable[..., Reply], value: View, *, due: float | None = None) -> Reply:
        return create(_spelled(value, spell), due=due)

    wrap(world.created, created)


@dress("times-in-nanoseconds")
def _(world: InstanceWorld) -> None:
    _respell(world, lambda text: f"{text[:-1]}000Z")


@dress("times-in-milliseconds")
def _(world: InstanceWorld) -> None:
    _respell(world, lambda text: f"{text[:-4]}Z")


@dress("empty-errors")
def _(world: InstanceWorld) -> None:
    wrap(world.views.instance, lambda view, instance, now: {"error": "", **view(instance, now)})


@dress("no-terminated-at")
def _(world: InstanceWorld) -> None:
    wrap(
        world.views.instance,
        lambda view, instance, now: {k: v for k, v in view(instance, now).items() if k != "terminatedAt"},
    )


@dress("no-statuses")
def _(world: InstanceWorld) -> None:
    wrap(world.views.read_instance, lambda view, instance, now: world.views.instance(instance, now))


@dress("null-free-statuses-everywhere")
def _(world: InstanceWorld) -> None:
    inner = world.views.instance

    def with_status(view: InstanceView, instance: StoredInstance, now: float) -> View:
        del view
        begun = world.views.begun(instance, now)
        return inner(instance, now) | {"status": [world.views.status(step, instance, now) for step in begun]}

    wrap(world.views.instance, with_status)


@dress("workflow-embedded")
def _(world: InstanceWorld) -> None:
    wrap(
        world.views.instance,
        lambda view, instance, now: {
            **view(instance, now),
            "workflow": world.views.workflow(instance.workflow),
        },
    )


@dress("updated-at-never-moves")
def _(world: InstanceWorld) -> None:
    def fixed(view: InstanceView, instance: StoredInstance, now: float) -> View:
        shown = view(instance, now)
        return {**shown, "updatedAt": shown["createdAt"]}

    wrap(world.views.instance, fixed)


@dress("pages-of-five-at-most")
def _(world: InstanceWorld) -> None:
    def clamped(page_size_of: Callable[[Query], int | None], query: Query) -> int | None:
        size = page_size_of(query)
        return None if size is None else min(size, 5)

    wrap(world.inputs.page_size_of, clamped)


@dress("deleted-again")
def _(world: InstanceWorld) -> None:
    gone: set[str] = set()

    def again(of: str, known: Callable[[str], bool]) -> None:
        def deleted(answer: OperationAnswer, call: RoutedRequest) -> Reply:
            some_id = next(iter(call.ids.values()))
            if some_id in gone:
                return world.done()
            reply = answer(call)
            gone.add(some_id)
            return reply

        wrap_answer(world, of, deleted)

    again("v2DeleteWorkflow", lambda some_id: some_id in world.store.workflows)
    again("v2DeleteTrigger", lambda some_id: some_id in world.store.triggers)


@dress("over-is-a-conflict")
def _(world: InstanceWorld) -> None:
    def refuse(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        instance = world.store.instances.get(call.ids["instanceID"])
        if instance is not None and instance.ends <= call.now:
            raise Refused(409, "it is over")
        return answer(call)

    wrap_answer(world, "v2SendEvent", refuse)
    wrap_answer(world, "v2CancelEvent", refuse)


@dress("history-in-its-own-words")
def _(world: InstanceWorld) -> None:
    def own(items: list[View]) -> list[View]:
        shown = []
        for number, item in enumerate(items):
            told = item["input"].get("duration")
            spelt = (
                {"duration": f"0.{told[:-2].zfill(3)}s"}
                if told and told[:-2].isdigit() and told[-2:] == "ms" and len(told) < 6
                else {}
            )
            shown.append({**item, "name": f"stage {number}", "input": {**item["input"], **spelt}})
        return shown

    change_answer(world, "v2GetInstanceHistory", lambda body: {"data": own(body["data"])})


@dress("names-found-by-a-part")
def _(world: InstanceWorld) -> None:
    def part(listed: Callable[[Filters], list[StoredTrigger]], filters: Filters) -> list[StoredTrigger]:
        name = filters.get("name")
        found = listed({})
        if name is None:
            return found
        return [each for each in found if name.casefold() in each.data.get("name", "").casefold()]

    wrap(world.listed_triggers, part)


@dress("expressions-are-read-at-once")
def _(world: InstanceWorld) -> None:
    def checked(trigger_of: Callable[[Any], View], body: Any) -> View:
        data = trigger_of(body)
        texts = [data.get("filter"), *data.get("vars", {}).values()]
        try:
            for text in texts:
                if isinstance(text, str):
                    evaluated(text, {})
        except TriggerExpressionError as error:
            if "truth" not in str(error):
                raise Refused(400, str(error)) from None
        return data

    wrap(world.inputs.trigger_of, checked)


@dress("triggers-go-with-their-workflow")
def _(world: InstanceWorld) -> None:
    def with_triggers(drop: Any, workflow: Any) -> None:
        drop(workflow)
        for some_id, trigger in list(world.store.triggers.items()):
            if trigger.data["workflowID"] == workflow.id:
                del world.store.triggers[some_id]

    wrap(world.drop_workflow, with_triggers)


@dress("triggers-of-nothing")
def _(world: InstanceWorld) -> None:
    """A trigger may name a workflow that is not there."""

    def create(call: RoutedRequest) -> Reply:
        trigger = world.new_trigger(world.inputs.trigger_of(world.inputs.json_body(call.request)), call.now)
        world.keep_trigger(trigger)
        return world.created({"data": world.views.trigger(trigger)})

    instead_of(world, "v2CreateTrigger", 404, create)


@dress("oldest-first")
def _(world: InstanceWorld) -> None:
    for operation in ("v2ListWorkflows", "v2ListInstances", "v2ListTriggers"):
        change_items(world, operation, lambda items: items[::-1])


@broken("deleted-again-and-there", "FG-212 v2GetWorkflow")
def _(world: InstanceWorld) -> None:
    wrap(world.drop_workflow, lambda drop, workflow: None)


@broken("waiting-is-a-conflict", "FG-420 v2SendEvent")
def _(world: InstanceWorld) -> None:
    def refuse(answer: OperationAnswer, call: RoutedRequest) -> Reply:
        instance = world.store.instances.get(call.ids["instanceID"])
        if instance is not None and instance.waiting(call.now) is not None:
            raise Refused(409, "it waits")
        return answer(call)

    wrap_answer(world, "v2SendEvent", refuse)


@broken("history-in-other-words", "FG-422 v2GetInstanceHistory")
def _(world: InstanceWorld) -> None:
    def other(items: list[View]) -> list[View]:
        return [
            {**item, "input": {**item["input"], "duration": "7s"}} if "duration" in item["input"] else item
            for item in items
        ]

    change_answer(world, "v2GetInstanceHistory", lambda body: {"data": other(body["data"])})


@broken("names-found-by-another", "FG-506 v2ListTriggers")
def _(world: InstanceWorld) -> None:
    def other(listed: Callable[[Filters], list[StoredTrigger]], filters: Filters) -> list[StoredTrigger]:
        return [*listed(filters), *(listed({})[:1] if filters else [])]

    wrap(world.listed_triggers, other)


@broken("workflow-embedded-is-another", "FG-206")
def _(world: InstanceWorld) -> None:
    def embedded(view: InstanceView, instance: StoredInstance, now: float) -> View:
        first = next(iter(world.store.workflows.values()))
        return {**view(instance, now), "workflow": world.views.workflow(replace(first, id=f"{first.id}x"))}

    wrap(world.views.instance, embedded)


def edition() -> Edition:
    return edition_named("v2")


def contract_part() -> ContractPart:
    return v2_contract_part("v2")


def world_part() -> WorldPart[Any]:
    return replace(v2_world_part("v2"), faults=FaultTable(SOUND, BROKEN))
