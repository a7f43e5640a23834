"""The stock way: SpiffWorkflow as its documentation shows it, the whole workflow to JSON and back at every step.

It checks no form, no permission and no version, keeps no record and arms no timer row: it does far less than the
engine, and is meant to.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.util.task import BpmnTaskIterator
from SpiffWorkflow.spiff.parser.process import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer.config import SPIFF_CONFIG
from SpiffWorkflow.util.task import TaskIterator
from sqlalchemy import Column, Integer, MetaData, Table, Text, bindparam

from engine.store.database import Database
from engine.store.uow import UnitOfWork

meta = MetaData()
instances = Table(
    "stock_instance", meta, Column("id", Integer, primary_key=True), Column("state", Text, nullable=False)
)
_ONE = instances.select().where(instances.c.id == bindparam("wanted"))
_LOCK = _ONE.with_for_update()
_SAVE = instances.update().where(instances.c.id == bindparam("wanted")).values(state=bindparam("new_state"))


def lift_depth_limit(depth: int = 1_000_000) -> None:
    """Beyond 333 rounds of a loop the stock iterators stop looking for tasks: here they may go on, to be measured."""
    for iterator in (TaskIterator, BpmnTaskIterator):
        names = inspect.getfullargspec(iterator.__init__).args
        defaults = list(iterator.__init__.__defaults__ or ())
        defaults[names.index("max_depth") - len(names)] = depth
        iterator.__init__.__defaults__ = tuple(defaults)


class Stock:
    """One process on one database."""

    def __init__(self, database: Database, file: Path, process_id: str) -> None:
        parser = SpiffBpmnParser()
        parser.add_bpmn_file(str(file))
        self._spec = parser.get_spec(process_id)
        self._specs = parser.get_subprocess_specs(process_id)
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(SPIFF_CONFIG))
        self.database = database
        meta.create_all(database.engine)

    def start(self, number: int, variables: Mapping[str, Any]) -> None:
        workflow = BpmnWorkflow(self._spec, self._specs)
        workflow.task_tree.set_data(**variables)
        workflow.do_engine_steps()
        with UnitOfWork(self.database) as uow:
            uow.run(instances.insert(), {"id": number, "state": self._serializer.serialize_json(workflow)})
            uow.finish()

    def complete(self, number: int, forms: Mapping[str, Mapping[str, Any]]) -> bool:
        """Complete the first open user task with the values for its element; False when the workflow has ended."""
        with UnitOfWork(self.database) as uow:
            row = uow.run(_LOCK, {"wanted": number}).one()
            workflow = self._serializer.deserialize_json(row.state)
            open_tasks = [one for one in workflow.get_tasks(state=TaskState.READY) if one.task_spec.manual]
            task = open_tasks[0]
            task.set_data(**forms[task.task_spec.bpmn_id])
            task.run()
            workflow.do_engine_steps()
            uow.run(_SAVE, {"wanted": number, "new_state": self._serializer.serialize_json(workflow)})
            uow.finish()
            return not workflow.completed

    def size(self, number: int) -> int:
        """Bytes of the stored instance."""
        with self.database.read() as connection:
            return len(connection.execute(_ONE, {"wanted": number}).one().state.encode())
