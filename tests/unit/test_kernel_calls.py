from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ModelRefused
from engine.folders import read_whole
from engine.kernel.loader import Process, bundle, load
from engine.kernel.model import Advance, Complete, Env
from engine.kernel.spiff import advance, inspect, start
from tests.diagrams import folder, node, path, process, script, user

ENV = Env(datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
FORM = b'{"title": "t", "schema": {"type": "object", "properties": {"remark": {"type": "string"}}}}'
LANES = '[lanes]\n"客户受理员" = "ACCEPTANCE_CLERK"\n'
TABLE = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="http://x">'
    '<decision id="one" name="一"><variable id="v" name="一"/><literalExpression id="l"><text>1</text>'
    "</literalExpression></decision></definitions>"
).encode()


def call(id: str, key: str, **mapped: str) -> str:
    """A call with `input__x="source"` and `output__x="source"`."""
    pairs = ((*name.split("__"), source) for name, source in mapped.items())
    inner = "".join(f'<yikuo:{kind} source="{source}" target="{target}"/>' for kind, target, source in pairs)
    return node("callActivity", id, f"<bpmn:extensionElements>{inner}</bpmn:extensionElements>", calledElement=key)


def lane(*ids: str, name: str = "客户受理员", id: str = "lane") -> str:
    refs = "".join(f"<bpmn:flowNodeRef>{each}</bpmn:flowNodeRef>" for each in ids)
    return f'<bpmn:laneSet id="{id}_set"><bpmn:lane id="{id}" name="{name}">{refs}</bpmn:lane></bpmn:laneSet>'


def called_folder(
    key: str, *parts: str, manifest: str = 'called = true\noperators = ["notify.send"]\n', lanes: str = LANES
) -> dict[str, bytes]:
    """A folder to be called; the ids of its elements begin with `<key>_`."""
    whole = process(
        *(part.replace("·", f"{key}_") for part in parts), node("endEvent", f"{key}_e"), id=key, start=f"{key}_s"
    )
    return {"manifest.toml": f'key = "{key}"\n{manifest}{lanes}'.encode(), "process.bpmn": whole}


def under(key: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{key}/{name}": content for name, content in files.items()}


def main(*parts: str, calls: str, files: Mapping[str, bytes], lanes: str = "", **options: Any) -> dict[str, bytes]:
    manifest = f"calls = {calls}\n{lanes}"
    return folder(*parts, files=files, manifest=manifest, **options)


ACC = (
    lane("·a", id="·lane"),
    user("·a", yikuo__form="subject"),
    script("·b", "secret = 1\nname = remark"),
    path("·s", "·a", "·b", "·e"),
)


def two_folders() -> dict[str, bytes]:
    acceptance = called_folder("acc", *ACC) | {"forms/subject.json": FORM, "letters/told.html": b"<p>told</p>"}
    return main(
        lane("z"),
        call("c", "acc", input__n="m + 1", output__got="name", output__n="n"),
        user("z", yikuo__form="subject"),
        path("s", "c", "z", "e"),
        calls='["acc"]',
        files=under("acc", acceptance) | {"forms/subject.json": FORM, "letters/own.html": b"<p>own</p>"},
        lanes=LANES,
    )


def refused(files: Mapping[str, bytes], shared: Mapping[str, bytes] | None = None) -> list[str]:
    with pytest.raises(ModelRefused) as refusal:
        load(bundle(files, shared or {}))
    return [fault.code for fault in refusal.value.faults]


def finish(process: Process, result: Advance, element: str, **values: Any) -> Advance:
    task_id = next(i for i, t in inspect(process, result.state).tasks.items() if t.element_id == element)
    return advance(process, result.state, Complete(task_id, values), ENV)


def test_a_called_folder_runs_in_a_scope_of_its_own() -> None:
    process = load(bundle(two_folders(), {}))
    first = start(process, {"m": 1}, ENV)
    assert [(t.form_key, t.role) for t in first.opened] == [("acc/subject", "ACCEPTANCE_CLERK")]
    second = finish(process, first, "acc_a", remark="x")
    assert [t.form_key for t in second.opened] == ["subject"]
    assert inspect(process, second.state).variables == {"m": 1, "got": "x", "n": 2}


def test_a_version_knows_its_folders() -> None:
    process = load(bundle(two_folders(), {}))
    assert list(process.called) == ["acc"]
    assert process.called["acc"]["called"] is True
    assert {key: element.process for key, element in process.index.elements.items()} == {
        **dict.fromkeys(("s", "c", "z", "e"), "p"),
        **dict.fromkeys(("acc_s", "acc_a", "acc_b", "acc_e"), "acc"),
    }
    assert set(process.forms) == {"subject", "acc/subject"}
    assert process.letters == {"own": "<p>own</p>", "acc/told": "<p>told</p>"}
    assert process.operators == {"notify.send"}
    assert process.xml == process.diagrams["p"] != process.diagrams["acc"]
    assert process.free_texts == {"remark"}


def test_only_folders_that_say_so_go_on_while_suspended() -> None:
    sleeping = two_folders()
    waking = sleeping | {"acc/manifest.toml": b"while_suspended = true\n" + sleeping["acc/manifest.toml"]}
    for files, goes_on in ((sleeping, False), (waking, True)):
        process = load(bundle(files, {}))
        assert process.while_suspended("acc_a") is goes_on
        assert process.while_suspended("z") is False


def test_calls_nest_and_shared_tables_of_called_folders_come_along() -> None:
    rule = node(
        "businessRuleTask",
        "·r",
        "<bpmn:extensionElements><spiffworkflow:calledDecisionId>one</spiffworkflow:calledDecisionId>"
        "</bpmn:extensionElements>",
        yikuo__result="found",
    )
    inner = called_folder(
        "ter", rule, path("·s", "·r", "·e"), manifest='called = true\nshared = ["one.dmn"]\n', lanes=""
    )
    middle = called_folder(
        "mis",
        call("·c", "ter", output__found="found"),
        path("·s", "·c", "·e"),
        manifest='called = true\ncalls = ["ter"]\n',
    )
    files = main(
        call("c", "mis", output__found="found"),
        path("s", "c", "e"),
        calls='["mis"]',
        files=under("mis", middle) | under("ter", inner),
    )
    whole = bundle(files, {"one.dmn": TABLE})
    assert whole.files["one.dmn"] == TABLE
    process = load(whole)
    assert list(process.called) == ["mis", "ter"]
    result = start(process, {}, ENV)
    assert result.completed
    assert inspect(process, result.state).variables == {"found": 1}
    assert load(bundle(whole.files, whole.files)) is process  # what was bundled is whole
    assert refused(files, {}) == ["shared_missing"]


def test_a_version_changes_with_a_called_folder() -> None:
    files = two_folders()
    other = files | {"acc/forms/subject.json": FORM + b"\n"}
    assert bundle(files, {}).digest != bundle(other, {}).digest


def test_a_called_folder_is_published_alone_too() -> None:
    alone = called_folder("acc", *ACC) | {"forms/subject.json": FORM}
    process = load(bundle(alone, {}))
    assert process.key == "acc"
    assert start(process, {}, ENV).opened[0].form_key == "subject"


def test_what_does_not_fit_together_is_refused() -> None:
    whole = two_folders()
    acceptance = whole["acc/manifest.toml"].decode()

    def changed(text: str, name: str = "acc/manifest.toml") -> list[str]:
        return refused(whole | {name: text.encode()})

    assert refused({n: c for n, c in whole.items() if n != "acc/manifest.toml"}) == ["folder_missing"]
    assert changed(acceptance.replace("called = true", "called = 1")) == ["folder_not_called"]
    assert changed(acceptance.replace('"acc"', '"other"')) == ["key_other"]
    assert changed(acceptance.replace("ACCEPTANCE_CLERK", "SURVEYOR")) == ["lane_conflict"]
    assert changed('calls = ["p"]\n' + acceptance) == ["folder_cycle"]
    assert changed('calls = ["acc"]\n' + acceptance) == ["folder_cycle"]
    assert changed('calls = ["../x"]\n' + acceptance) == ["folder_missing"]
    assert changed('calls = "acc"\n' + acceptance) == ["manifest_broken"]
    assert changed("lanes = 1\n" + acceptance.partition("[lanes]")[0]) == ["manifest_broken"]
    assert changed('main = "other.bpmn"\n' + acceptance) == ["main_missing"]
    assert refused({n: c for n, c in whole.items() if n != "acc/forms/subject.json"}) == ["form_unknown"]
    assert refused(whole | {"forms/acc/subject.json": FORM}) == ["form_twice"]
    assert refused(whole | {"letters/bad.html": b"\xff"}) == ["letter_broken"]


def test_lanes_and_operators_are_those_of_the_own_folder() -> None:
    whole = two_folders()
    manifest = whole["acc/manifest.toml"].decode()
    no_lane = manifest.replace('"客户受理员"', '"别的"')
    assert refused(whole | {"acc/manifest.toml": no_lane.encode()}) == ["lane_unknown"]


def test_a_process_of_a_folder_that_was_not_declared_is_refused() -> None:
    inner = called_folder("ter", path("·s", "·e"))
    middle = called_folder(
        "mis", call("·c", "ter"), path("·s", "·c", "·e"), manifest='called = true\ncalls = ["ter"]\n'
    )
    parts = (call("c", "mis"), call("d", "ter"), path("s", "c", "d", "e"))
    files = under("mis", middle) | under("ter", inner)
    assert refused(main(*parts, calls='["mis"]', files=files)) == ["call_undeclared"]
    assert load(bundle(main(*parts, calls='["mis", "ter"]', files=files), {})).called.keys() == {"mis", "ter"}


def test_ids_are_unique_over_all_files() -> None:
    same = called_folder("acc", user("z"), path("·s", "z", "·e"), lanes="")
    files = main(call("c", "acc"), user("z"), path("s", "c", "z", "e"), calls='["acc"]', files=under("acc", same))
    assert set(refused(files)) == {"id_duplicate"}


def test_a_decision_that_two_files_hold_is_refused_where_it_is_asked_for() -> None:
    files = two_folders()
    assert load(bundle(files | {"x.dmn": TABLE, "acc/y.dmn": TABLE}, {}))
    decision = "<spiffworkflow:calledDecisionId>one</spiffworkflow:calledDecisionId>"
    asked = f"<bpmn:extensionElements>{decision}</bpmn:extensionElements>"
    diagram = files["process.bpmn"].replace(
        b'<bpmn:userTask id="z" name="z" yikuo:form="subject"></bpmn:userTask>',
        f'<bpmn:businessRuleTask id="z" name="z">{asked}</bpmn:businessRuleTask>'.encode(),
    )
    assert diagram != files["process.bpmn"]
    assert refused(files | {"process.bpmn": diagram, "x.dmn": TABLE, "acc/y.dmn": TABLE}) == ["decision_twice"]
    assert refused(files | {"process.bpmn": diagram, "acc/y.dmn": TABLE}) == ["decision_unknown"]


def test_the_whole_is_read_from_the_folders_beside(tmp_path: Path) -> None:
    whole = two_folders()
    for name, content in whole.items():
        inside, _, rest = name.partition("/")
        place = tmp_path / (name if inside == "acc" else f"p/{name}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        assert rest or inside
    assert read_whole(tmp_path / "p") == whole
    (tmp_path / "acc" / "manifest.toml").write_bytes(b'calls = ["p", "../x", "gone"]\n' + whole["acc/manifest.toml"])
    assert set(read_whole(tmp_path / "p")) == set(whole)
    (tmp_path / "acc" / "manifest.toml").write_bytes(b"broken")
    assert set(read_whole(tmp_path / "p")) == set(whole)
