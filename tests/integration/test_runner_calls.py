from __future__ import annotations

import shutil
from uuid import uuid4

import pytest

from engine.commands.deploy_process import DeployProcess
from engine.errors import ModelRefused
from engine.folders import read_whole
from engine.kernel.check import check_files
from engine.policy import SYSTEM
from engine.queries import orders
from tests.diagrams import flow, folder, node, path, process, user
from tests.orders import ADMIN, CLERK, KEY, accept, complete, tasks_of

LANES = '[lanes]\n"受理员" = "ACCEPTANCE_CLERK"\n'
LANE = '<bpmn:lane id="acc_l" name="受理员"><bpmn:flowNodeRef>acc_a</bpmn:flowNodeRef></bpmn:lane>'
FORM = b'{"title": "t", "schema": {"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}}'


@pytest.fixture
def place(tmp_path):
    """A folder with a process for HV_SINGLE that calls the one beside it."""
    mapping = '<bpmn:extensionElements><yikuo:output source="ok" target="ok"/></bpmn:extensionElements>'
    main = folder(
        node("callActivity", "c", mapping, calledElement="acceptance"),
        node("exclusiveGateway", "g", default="gd"),
        user("again"),
        path("s", "c", "g"),
        flow("g", "e", "ok", id="gok"),
        flow("g", "again", id="gd"),
        path("again", "e"),
    )
    main["manifest.toml"] = f'key = "{KEY}"\ntitle = "试验"\ncalls = ["acceptance"]\n'.encode()
    parts = (f'<bpmn:laneSet id="acc_ls">{LANE}</bpmn:laneSet>', user("acc_a", yikuo__form="subject"))
    called = {
        "manifest.toml": f'key = "acceptance"\ncalled = true\n{LANES}'.encode(),
        "forms/subject.json": FORM,
        "process.bpmn": process(
            *parts, node("endEvent", "acc_e"), path("acc_s", "acc_a", "acc_e"), id="acceptance", start="acc_s"
        ),
    }
    for name, files in ((KEY, main), ("acceptance", called)):
        for file, content in files.items():
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_bytes(content)
    return tmp_path


def test_a_folder_is_published_with_what_it_calls(engine, place):
    deployed = engine.deploy(place / KEY, ADMIN)
    order = accept(engine)
    [task] = tasks_of(engine, order.order_id).values()
    assert (task.element_id, task.form_key, task.role) == ("acc_a", "acceptance/subject", "ACCEPTANCE_CLERK")
    assert complete(engine, task.id, CLERK, form={"ok": True}).completed
    with engine.read() as view:
        done = orders.timeline(view, SYSTEM, order.order_no)[-1]
    assert done.body["branches"] == ["gok"]
    assert engine.deploy(place / KEY, ADMIN).already
    (place / "acceptance" / "forms" / "subject.json").write_bytes(FORM.replace(b'"t"', b'"u"'))
    assert engine.deploy(place / KEY, ADMIN).version == deployed.version + 1


def test_a_called_folder_is_published_alone_too(engine, place):
    assert engine.deploy(place / "acceptance", ADMIN).process_key == "acceptance"


def test_a_folder_without_what_it_calls_is_not_published(engine, place):
    shutil.rmtree(place / "acceptance")
    with pytest.raises(ModelRefused) as refusal:
        engine.deploy(place / KEY, ADMIN)
    assert [fault.code for fault in refusal.value.faults] == ["folder_missing"]
    with pytest.raises(ModelRefused):
        engine.run(DeployProcess(read_whole(place / KEY), uuid4().hex), ADMIN)


def test_its_files_are_checked_one_by_one_or_as_a_whole(place):
    whole = read_whole(place / KEY)
    assert check_files(whole) == []
    assert check_files({"x/process.bpmn": whole["process.bpmn"]}) == []
    own = {name: content for name, content in whole.items() if "/" not in name}
    assert check_files(own) == []  # the called folder stands elsewhere
    broken = whole | {"acceptance/manifest.toml": b'key = "acceptance"\ncalled = true\n[lanes]\n"x" = "y"\n'}
    assert [(f.file, f.code) for f in check_files(broken)] == [("acceptance/process.bpmn", "lane_unknown")]
    gone = whole | {"process.bpmn": whole["process.bpmn"].replace(b'"acceptance"', b'"elsewhere"')}
    assert [f.code for f in check_files(gone)] == ["call_unknown"]
