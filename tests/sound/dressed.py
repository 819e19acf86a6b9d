"""The seed's edition on a server that keeps its document in another dress: an edition in a file.

Each dress is a switch of the reference's world, as a named fault is, but a legal one: the suites must find
nothing. The broken cousins beside them (group `broken`) look like a dress, and must be caught.
"""

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from flowgauge.contract.edition_part import ContractPart
from flowgauge.edition import Edition
from flowgauge.editions import contract_part as v0_contract_part
from flowgauge.editions import edition_named
from flowgauge.editions import world_part as v0_world_part
from flowgauge.editions.v0.world.world import FlowWorld
from flowgauge.editions.v2.world.stages import InstanceStep
from flowgauge.editions.v2.world.store import StoredInstance, StoredWorkflow
from flowgauge.reference import WorldPart, WorldRequest
from flowgauge.reference.faults import ANY, FaultGroup, FaultTable, wrap
from flowgauge.reference.world.message import Reply
from flowgauge.reference.world.pages import Place
from flowgauge.reference.world.world import RoutedRequest

SOUND = FaultGroup[FlowWorld]("sound")
BROKEN = FaultGroup[FlowWorld]("broken")
View = dict[str, Any]
Spelling = Callable[[str], str]
_TIMES = ("createdAt", "updatedAt", "startedAt", "terminatedAt")
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def dress(name: str) -> Callable[[Callable[[FlowWorld], None]], Callable[[FlowWorld], None]]:
    return SOUND.fault(name, ANY, "state", f"{name}, which is legal.")


def broken(name: str, finding: str) -> Callable[[Callable[[FlowWorld], None]], Callable[[FlowWorld], None]]:
    return BROKEN.fault(name, ANY, "state", f"{name}, which is not.", finding)


def _with_ids(world: FlowWorld, made: Callable[[int], str]) -> None:
    # Whether occurrences draw from the same counter, or a world after a reset from a new one, is open.
    counter = itertools.count(1)
    wrap(world.new_id, lambda _: made(next(counter)))


def _text(number: int, letters: str, size: int) -> str:
    digits = []
    for _ in range(size):
        number, digit = divmod(number, len(letters))
        digits.append(letters[digit])
    return "".join(reversed(digits))


@dress("ids-count")
def _(world: FlowWorld) -> None:
    _with_ids(world, str)


@dress("ids-are-ulids")
def _(world: FlowWorld) -> None:
    _with_ids(world, lambda k: "01HF" + _text(k * 0x9E3779B97F4A7C15 << 20 | k, _CROCKFORD, 22))


@dress("ids-have-prefixes")
def _(world: FlowWorld) -> None:
    _with_ids(world, lambda k: f"wf_{_text(k * 0x9E3779B1, _BASE62, 6)}{_text(k, _BASE62, 6)}")


@dress("ids-are-short")
def _(world: FlowWorld) -> None:
    _with_ids(world, lambda k: _text(k * 7919 % 62**4, _BASE62, 4))


@dress("occurrence-ids-are-the-run's")
def _(world: FlowWorld) -> None:
    def run_view(view: Any, run: StoredInstance, now: float) -> View:
        shown: View = view(run, now)
        return shown | {"statuses": [each | {"occurrenceID": run.id} for each in shown["statuses"]]}

    wrap(world.views.run, run_view)


def _respell(world: FlowWorld, spelling: Spelling) -> None:
    def flow_view(view: Any, *given: Any) -> View:
        shown = view(*given)
        return {name: spelling(value) if name in _TIMES else value for name, value in shown.items()}

    wrap(world.views.flow, flow_view)
    wrap(world.views.run, flow_view)
    wrap(world.views.status, flow_view)


@dress("times-have-nanoseconds")
def _(world: FlowWorld) -> None:
    _respell(world, lambda text: f"{text[:-1]}{int(text[-7:-1]) * 7 % 1000:03}Z")


@dress("times-have-an-offset")
def _(world: FlowWorld) -> None:
    _respell(world, lambda text: f"{text[:-1]}-00:00" if text[-2] in "02468" else f"{text[:-1]}+00:00")


@dress("times-are-in-small-letters")
def _(world: FlowWorld) -> None:
    _respell(world, str.lower)


@dress("times-have-milliseconds")
def _(world: FlowWorld) -> None:
    _respell(world, lambda text: f"{text[:-4]}Z")


@dress("updated-never-moves")
def _(world: FlowWorld) -> None:
    wrap(world.views.run, lambda view, *given: (shown := view(*given)) | {"updatedAt": shown["createdAt"]})


@dress("runs-begin-late")
def _(world: FlowWorld) -> None:
    def new_run(start: Any, flow: StoredWorkflow, variables: Mapping[str, str], now: float) -> StoredInstance:
        return replace(start(flow, variables, now + 0.3), started=now)

    wrap(world.new_run, new_run)


@dress("error-is-empty-on-success")
def _(world: FlowWorld) -> None:
    def status(view: Any, span: InstanceStep, *given: Any) -> View:
        shown: View = view(span, *given)
        return shown | {"error": shown.get("error", "")} if "terminatedAt" in shown else shown

    wrap(world.views.status, status)


@dress("lists-have-no-order")
def _(world: FlowWorld) -> None:
    wrap(world.listed_flows, lambda listed: sorted(listed(), key=lambda flow: flow.id[::-1]))


@dress("json-is-pretty")
def _(world: FlowWorld) -> None:
    """Blanks between, members in another order, no character beyond ASCII (RFC 8259, sections 2, 4 and 7)."""

    def pretty(handle: Any, request: WorldRequest, now: float) -> Reply:
        reply: Reply = handle(request, now)
        if not reply.body:
            return reply
        text = json.dumps(_turned(json.loads(reply.body)), indent=2)
        return replace(reply, body=f"\n{text}\r\n\t".encode())

    wrap(world.handle, pretty)


def _turned(value: Any) -> Any:
    if isinstance(value, list):
        return [_turned(item) for item in value]
    if isinstance(value, dict):
        return {name: _turned(value[name]) for name in reversed(value)}
    return value


@dress("ids-need-encoding")
def _(world: FlowWorld) -> None:
    _with_ids(world, lambda k: f"{k} \u00fc%/?#")


@dress("clock-is-slow")
def _(world: FlowWorld) -> None:
    _with_clock(world, -90.0)


@dress("clock-is-fast")
def _(world: FlowWorld) -> None:
    _with_clock(world, 90.0)


def _with_clock(world: FlowWorld, ahead: float) -> None:
    def handle(answer: Any, request: WorldRequest, now: float) -> Reply:
        reply: Reply = answer(request, now + ahead)
        return reply if reply.due is None else replace(reply, due=reply.due - ahead)

    wrap(world.handle, handle)


@dress("other-words")
def _(world: FlowWorld) -> None:
    wrap(world.error_body, lambda error, message: error(message) | {"errorMessage": f"Nein: {len(message)}"})


@dress("head-is-crowded")
def _(world: FlowWorld) -> None:
    def crowded(handle: Any, request: WorldRequest, now: float) -> Reply:
        reply: Reply = handle(request, now)
        return replace(reply, headers=tuple(_crowded(reply.headers)))

    wrap(world.handle, crowded)


def _crowded(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    odd = []
    for name, value in headers:
        if name == "content-type":
            odd.append(("CONTENT-type", 'Application/JSON ; Charset="utf-8" ;v=1'))
        elif name == "allow":
            odd += [("Allow", f", {value.partition(', ')[0]},")]
            odd += [("allow", f",,{rest}") for rest in value.split(", ")[1:]]
        elif name == "www-authenticate":
            odd += [(name, 'Negotiate, Basic realm="a, b"'), (name, ", bearer realm=x")]
        else:
            odd.append((name, value))
    more = (
        ("Via", "1.1 a, 1.0 b"),
        ("Set-Cookie", "a=b; Path=/"),
        ("set-cookie", "c=d"),
        ("Server", "x/1 (y)"),
    )
    return [*more, *odd, ("Vary", ""), ("X-Any!#$%&'*+.^_`|~", "\x85 \xe9"), ("ETag", 'W/"1"'), ("Age", "0")]


@dress("additions-are-unknown")
def _(world: FlowWorld) -> None:
    """The list of runs as the seed has it: everything, whatever is asked."""

    def everything(place: Any, call: RoutedRequest, flow: StoredWorkflow) -> Place:
        count = len(world.listed_runs(flow))
        return Place(flow.id, "older", count, max(count, 1))

    wrap(world.place, everything)
    wrap(world.views.page, lambda view, page, now: view(page, now) | {"pageSize": max(15, len(page.items))})


# -- the broken cousins


@broken("id-count-starts-again", "FG-207 any")
def _(world: FlowWorld) -> None:
    counter = itertools.count(1)
    wrap(world.new_id, lambda _: str(next(counter) % 40 + 1))


@broken("times-have-nanoseconds-at-first", "FG-302 any")
def _(world: FlowWorld) -> None:
    count = itertools.count()

    def flow_view(view: Any, flow: StoredWorkflow) -> View:
        shown: View = view(flow)
        return shown | {"createdAt": f"{shown['createdAt'][:-1]}{next(count) % 10:03}Z"}

    wrap(world.views.flow, flow_view)


@broken("waited-for-runs-begin-late", "FG-401 any")
def _(world: FlowWorld) -> None:
    def new_run(start: Any, flow: StoredWorkflow, variables: Mapping[str, str], now: float) -> StoredInstance:
        return replace(start(flow, variables, now + 0.3), started=now)

    wrap(world.new_run, new_run)
    wrap(world.wait_due, lambda due, run, now: max(now, due(run, now) - 0.3))


@broken("allow-misses-one", "FG-107 any")
def _(world: FlowWorld) -> None:
    def missing(handle: Any, request: WorldRequest, now: float) -> Reply:
        reply: Reply = handle(request, now)
        kept = [(n, v.replace("GET", "") if n == "allow" else v) for n, v in reply.headers]
        return replace(reply, headers=tuple(kept))

    wrap(world.handle, missing)


@broken("unknown-additions-lose-one", "FG-202 listRuns")
def _(world: FlowWorld) -> None:
    FaultTable(SOUND).install(world, ["additions-are-unknown"])
    wrap(
        world.views.page,
        lambda view, page, now: (v := view(page, now)) | {"data": v["data"][1:] or v["data"]},
    )


def edition() -> Edition:
    return edition_named("v0")


def contract_part() -> ContractPart:
    return v0_contract_part()


def world_part() -> WorldPart[FlowWorld]:
    return replace(v0_world_part(), faults=FaultTable(SOUND, BROKEN), new_fake=None, together=(), masks=())
