from __future__ import annotations

import json
import re
from io import BytesIO
from uuid import uuid4

import pytest

from engine.commands.claim_task import ClaimTask
from engine.commands.complete_task import CompleteTask
from engine.errors import InvalidForm
from engine.queries import orders
from tests.diagrams import path, user
from tests.orders import CLERK, accept, deploy, tasks_of
from tests.site import STAFF, Site
from tests.unit.test_uploads import photo

FORM = {
    "title": "勘查",
    "schema": {
        "type": "object",
        "additionalProperties": False,
        "required": ["photos"],
        "properties": {
            "photos": {"type": "array", "title": "照片", "x-widget": "photo", "minItems": 1, "maxItems": 3,
                       "items": {"type": "string", "pattern": "^[0-9a-f]{32}$"}},
            "plan": {"type": "string", "title": "图纸", "x-widget": "file", "pattern": "^[0-9a-f]{32}$"},
        },
    },
}  # fmt: skip


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine, monkeypatch):
    monkeypatch.setitem(STAFF, "clerk", ("ACCEPTANCE_CLERK", "3340102"))
    deploy(
        engine, user("a", yikuo__form="look"), path("s", "a", "e"), files={"forms/look.json": json.dumps(FORM).encode()}
    )
    return Site(engine)


@pytest.fixture
def order(site):
    return accept(site.engine)


@pytest.fixture
def task_id(site, order):
    (task,) = tasks_of(site.engine, order.order_id).values()
    site.engine.run(ClaimTask(task.id, uuid4().hex), CLERK)
    return task.id


@pytest.fixture
def clerk(site, task_id):
    visitor = site.visitor("clerk")
    visitor.get(f"/tasks/{task_id}")
    return visitor


def send(clerk, task_id, content, field="photos", name="现场.jpg"):
    return clerk.post(f"/tasks/{task_id}/files/{field}", {"@file": (BytesIO(content), name)})


def id_in(answer):
    found = re.search(r'value="([0-9a-f]{32})"', answer.text)
    return found[1] if found else ""


def test_a_photo_is_kept_shown_with_its_time_and_served_harmless(site, order, clerk, task_id):
    answer = send(clerk, task_id, photo(), name="../../x‮gpj.html")
    assert answer.status_code == 200 and "拍摄于 2026年3月1日 09:08" in answer.text and "html" not in answer.text
    place = re.search(r'src="([^"]+)"', answer.text)[1]

    served = site.visitor("clerk").get(place)
    assert served.mimetype == "image/jpeg" and "Exif" not in served.data.decode("latin-1")
    assert served.headers["Content-Disposition"] == f'attachment; filename="{id_in(answer)}.jpg"'
    assert served.headers["Content-Security-Policy"].startswith("sandbox") and "nosniff" in str(served.headers)
    assert site.visitor("stranger").get(place).status_code == 404
    with site.engine.read() as view:
        (told,) = [e for e in orders.timeline(view, CLERK, order.order_no) if e.kind == "FileKept"]
    assert told.body["taken_at"] == "2026-03-01T09:08:07+08:00" and told.body["file"] == id_in(answer)


def test_the_form_is_completed_with_what_was_uploaded_and_with_nothing_else(site, order, clerk, task_id):
    page = clerk.get(f"/tasks/{task_id}").text
    assert 'type="file"' in page and "uploads.js" in page
    mine = id_in(send(clerk, task_id, photo()))
    for value in ("0" * 32, id_in(send(clerk, task_id, photo(), field="plan"))):
        with pytest.raises(InvalidForm, match="未上传"):
            site.engine.run(CompleteTask(task_id, {"photos": [mine, value]}, None, uuid4().hex), CLERK)
    refused = clerk.post(f"/tasks/{task_id}/complete", {"photos": [mine, "0" * 32], "key": "a"})
    assert refused.status_code == 422 and "文件未上传" in refused.text and f'value="{mine}"' in refused.text
    assert clerk.post(f"/tasks/{task_id}/complete", {"photos": mine, "key": "b"}).status_code == 303


def test_a_draft_holds_what_was_uploaded(site, clerk, task_id):
    mine = id_in(send(clerk, task_id, photo()))
    clerk.post(f"/tasks/{task_id}/draft", {"photos": mine}, headers={"HX-Request": "true"})
    assert f'value="{mine}"' in clerk.get(f"/tasks/{task_id}").text


def test_what_is_no_picture_or_no_field_is_said_and_not_kept(site, order, clerk, task_id):
    assert "不是可以识别的图片" in send(clerk, task_id, b"<svg onload=alert(1)>").text
    assert "文件是空的" in send(clerk, task_id, b"").text
    assert "表单没有此项" in send(clerk, task_id, photo(), field="other").text
    with site.engine.read() as view:
        assert not [e for e in orders.timeline(view, CLERK, order.order_no) if e.kind == "FileKept"]


def test_a_large_photo_may_come_here_and_nowhere_else(site, clerk, task_id):
    large = photo() + bytes(400_000)
    assert id_in(send(clerk, task_id, large))
    assert clerk.post(f"/tasks/{task_id}/draft", {"photos": "y" * 400_000}).status_code == 413
    too_large = clerk.client.post(
        f"/tasks/{task_id}/files/photos",
        input_stream=BytesIO(b"x"),
        environ_overrides={"CONTENT_LENGTH": "9000000"},
        content_type="multipart/form-data; boundary=x",
        headers={"X-CSRFToken": clerk.token()},
    )
    assert too_large.status_code == 413


def test_only_who_holds_the_task_may_send(site, task_id):
    leader = site.visitor("supervisor")
    leader.get("/tasks")
    assert send(leader, task_id, photo()).status_code in (403, 404)
