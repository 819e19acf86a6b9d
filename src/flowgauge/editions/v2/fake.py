"""The edition's fake: workflows, instances and triggers that a test creates, and lets go on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any

from flowgauge.edition import Edition
from flowgauge.editions.v2.edition import edition
from flowgauge.editions.v2.faults import FAULTS
from flowgauge.editions.v2.world.store import StoredInstance, StoredWorkflow
from flowgauge.editions.v2.world.world import InstanceWorld
from flowgauge.errors import UsageError
from flowgauge.openapi import Json
from flowgauge.reference.fake.server import FakeServer
from flowgauge.reference.faults import FaultTable
from flowgauge.reference.world.auth import Access
from flowgauge.reference.world.inputs import MAX_DEPTH, Refused
from flowgauge.reference.world.wire import decoded, encoded

__all__ = ["InstanceFake"]


class InstanceFake(FakeServer[InstanceWorld]):
    """A server of the API's second version that stands nowhere, and lives on a clock of its own.

    What its methods make and change is made and changed without a request, and shown as the API would show
    it. All of them raise UsageError for what is not there, and for what no request could say.
    """

    @property
    def edition(self) -> Edition:
        """What the fake is a server of."""
        return edition()

    @property
    def fault_table(self) -> FaultTable[InstanceWorld]:
        """The named faults that it can have."""
        return FAULTS

    def new_world(self, access: Access, random: Random) -> InstanceWorld:
        """A world without workflows."""
        return InstanceWorld(access, random)

    def create_workflow(
        self, stages: Sequence[Mapping[str, Any]] = (), name: str | None = None
    ) -> dict[str, Json]:
        """Register a workflow."""
        config = {"stages": list(stages)} | ({} if name is None else {"name": name})
        with _told("no workflow", hint='stages are a list of objects, [{"noop": {}}]'):
            made = self.world.new_workflow(self.world.inputs.config_of(_copied(config)), self.tick())
        self.world.keep_workflow(made)
        return self.world.views.workflow(made)

    def create_instance(
        self, workflow_id: str, variables: Mapping[str, str] | None = None
    ) -> dict[str, Json]:
        """Start an instance of a workflow."""
        workflow = self._workflow(workflow_id)
        with _told("no variables", hint="they are texts by name"):
            made = self.world.new_instance(
                workflow, self.world.inputs.variables_of(_copied(dict(variables or {}))), self.tick()
            )
        self.world.keep_instance(made)
        return self.instance(made.id)

    def create_trigger(self, event: str, workflow_id: str, **more: Any) -> dict[str, Json]:
        """Register a trigger; `more` are its other members: version, filter, vars, name."""
        self._workflow(workflow_id)
        with _told("no trigger"):
            data = self.world.inputs.trigger_of(_copied({"event": event, "workflowID": workflow_id, **more}))
        made = self.world.new_trigger(data, self.tick())
        self.world.keep_trigger(made)
        return self.world.views.trigger(made)

    def send_event(self, instance_id: str, name: str) -> dict[str, Json]:
        """Let an event come to an instance: a stage that waits for it is over."""
        self.world.take_event(self._instance(instance_id), name, self.tick())
        return self.instance(instance_id)

    def abort(self, instance_id: str) -> dict[str, Json]:
        """End an instance."""
        self.world.stop(self._instance(instance_id), self.tick())
        return self.instance(instance_id)

    def workflows(self) -> list[dict[str, Json]]:
        """All workflows that are not deleted, newest first."""
        return [self.world.views.workflow(each) for each in self.world.listed_workflows()[::-1]]

    def instances(self, workflow_id: str | None = None) -> list[dict[str, Json]]:
        """All instances, or those of a workflow, as they stand now, newest first."""
        filters = {} if workflow_id is None else {"workflowID": self._workflow(workflow_id).id}
        return [self.instance(each.id) for each in self.world.listed_instances(filters, self.now)[::-1]]

    def instance(self, instance_id: str) -> dict[str, Json]:
        """One instance as it stands now, with the status of its stages."""
        return self.world.views.read_instance(self._instance(instance_id), self.now)

    def triggers(self) -> list[dict[str, Json]]:
        """All triggers, newest first."""
        return [self.world.views.trigger(each) for each in self.world.listed_triggers({})[::-1]]

    def _workflow(self, workflow_id: str) -> StoredWorkflow:
        with _told(f"the fake has no workflow {workflow_id!r}", hint="create_workflow() makes one"):
            return self.world.workflow_of(workflow_id)

    def _instance(self, instance_id: str) -> StoredInstance:
        found = self.world.store.instances.get(instance_id)
        if found is None:
            hint = "create_instance() makes one"
            raise UsageError(f"the fake has no instance {instance_id!r}", hint=hint)
        return found


def _copied(value: Json) -> Json:
    """As over the wire: a copy, in the very types that JSON has."""
    return decoded(encoded(value), max_depth=MAX_DEPTH)


@contextmanager
def _told(what: str, *, hint: str | None = None) -> Iterator[None]:
    try:
        yield
    except (Refused, ValueError, TypeError) as error:
        reason = error.message if isinstance(error, Refused) else str(error)
        raise UsageError(f"{what}: {reason}", hint=hint) from None
