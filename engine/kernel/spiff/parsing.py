"""From repaired and linted XML to SpiffWorkflow's specifications, with our classes in place of the stock ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from lxml import etree
from SpiffWorkflow.bpmn.parser import event_parsers as events
from SpiffWorkflow.bpmn.parser import task_parsers as tasks
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from engine.errors import Fault, ModelRefused
from engine.kernel.spiff import events as our
from engine.kernel.spiff import gateways, many, specs


class _OnCommand:
    """Timers and messages wait for a command; what they say is in the element index, not in the definition."""

    node: Any

    def parse_timer_event(self, event: Any) -> our.OnCommand:
        return our.OnCommand(self.node.get("id"), "timer")

    def parse_message_event(self, event: Any) -> our.OnCommand:
        return our.OnCommand(self.node.get("id"), "message")


class StartParser(_OnCommand, events.StartEventParser):
    """None start events."""


class CatchParser(_OnCommand, events.IntermediateCatchEventParser):
    """Intermediate timers and messages."""


class ReceiveParser(_OnCommand, events.ReceiveTaskParser):
    """Receive tasks."""


class BoundaryParser(_OnCommand, events.BoundaryEventParser):
    """Boundary timers and messages."""


class _EachParser(TaskParser):
    """Wraps an activity with multi-instance characteristics; what they say is in the element index."""

    task: Any

    def _add_multiinstance_task(self, loop_characteristics: Any) -> None:
        each = self.spec.task_specs.pop(self.task.name)
        self.task = many.ManyTimes(self.spec, each.name)
        each.name += many.EACH
        self.spec.task_specs[each.name] = each


class ActivityParser(_EachParser):
    """User and service tasks."""


class SubProcessParser(_EachParser, tasks.SubWorkflowParser):
    """Embedded sub-processes."""


class CallParser(_EachParser, tasks.CallActivityParser):
    """Call activities."""


class ChoiceParser(tasks.ConditionalGatewayParser):
    """Exclusive and inclusive gateways; keeps the ids of their flows, in the order of the conditions."""

    def connect_outgoing(self, outgoing_task: Any, sequence_flow_node: Any, is_default: bool) -> None:
        super().connect_outgoing(outgoing_task, sequence_flow_node, is_default)
        self.task.flow_ids.append(sequence_flow_node.get("id"))


class Parser(BpmnParser):
    """SpiffWorkflow's parser for the elements of our dialect only; a new one for every attempt."""

    PARSER_CLASSES: ClassVar = {
        full_tag("startEvent"): (StartParser, our.StartEvent),
        full_tag("endEvent"): (events.EndEventParser, our.EndEvent),
        full_tag("userTask"): (ActivityParser, specs.UserTask),
        full_tag("manualTask"): (ActivityParser, specs.UserTask),
        full_tag("task"): (TaskParser, specs.NoneTask),
        full_tag("scriptTask"): (TaskParser, specs.ScriptTask),
        full_tag("businessRuleTask"): (TaskParser, specs.BusinessRuleTask),
        full_tag("serviceTask"): (ActivityParser, specs.ServiceTask),
        full_tag("subProcess"): (SubProcessParser, specs.SubProcess),
        full_tag("callActivity"): (CallParser, specs.CallActivity),
        full_tag("exclusiveGateway"): (ChoiceParser, gateways.ExclusiveGateway),
        full_tag("inclusiveGateway"): (ChoiceParser, gateways.InclusiveGateway),
        full_tag("parallelGateway"): (tasks.GatewayParser, gateways.ParallelGateway),
        full_tag("eventBasedGateway"): (tasks.GatewayParser, gateways.EventGateway),
        full_tag("intermediateCatchEvent"): (CatchParser, our.IntermediateCatchEvent),
        full_tag("receiveTask"): (ReceiveParser, our.ReceiveTask),
        full_tag("boundaryEvent"): (BoundaryParser, our.BoundaryEvent),
    }


@dataclass(frozen=True, slots=True)
class Net:
    """The executable form of a process and of all that it contains or calls. Never changed while it runs."""

    main: BpmnProcessSpec
    parts: Mapping[str, BpmnProcessSpec]


def build(roots: Mapping[str, etree._Element], process_id: str) -> Net:
    """Parse linted files into a `Net`.

    Raises:
        ModelRefused: SpiffWorkflow refuses what lint let pass; nothing half-built is kept.
    """
    parser = Parser()
    try:
        for name, root in roots.items():
            parser.add_bpmn_xml(root, name)
        return Net(parser.get_spec(process_id), parser.get_subprocess_specs(process_id))
    except ValidationException as error:
        raise ModelRefused(faults=[Fault(str(error.tag or process_id), "not_executable", str(error))]) from error
    except RecursionError as error:
        raise ModelRefused(faults=[Fault(process_id, "too_long", "流程链条过长，无法执行")]) from error
