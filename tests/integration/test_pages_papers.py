from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from io import BytesIO

import pytest
from pypdf import PdfReader

from engine.errors import Forbidden
from engine.kernel.spiff import inspect
from engine.outbox_worker import deliver_due
from engine.policy import SYSTEM
from engine.queries import letters, orders
from engine.store import reading, tasks
from tests.lettered import begin
from tests.orders import CLERK, PERSONAL, tasks_of
from tests.site import COUNTY, Site

DRAWN = json.dumps([{"points": [{"x": 10, "y": 10}, {"x": 60, "y": 30}, {"x": 120, "y": 20}]}])


@pytest.fixture
def backend() -> str:
    return "sqlite"


class Counter:
    """A clerk at the counter, working through one order."""

    def __init__(self, engine, login="clerk"):
        self.engine, self.site = engine, Site(engine)
        self.order = begin(engine)
        self.visitor = self.site.visitor(login)

    def open(self, element):
        """The page of an open task, claimed."""
        self.task_id = tasks_of(self.engine, self.order.order_id)[element].id
        page = self.visitor.get(f"/tasks/{self.task_id}")
        if "/claim" in page.text:
            self.visitor.post(f"/tasks/{self.task_id}/claim", {"key": f"claim:{element}"})
            page = self.visitor.get(f"/tasks/{self.task_id}")
        return page.text

    def send(self, **values):
        hidden = re.findall(r'<input type="hidden" name="([^"@]+\])?(\.[a-z_]+)" value="([^"]*)"', self.visitor.page)
        whole = {f"{row}{name}": html.unescape(value) for row, name, value in hidden}
        return self.visitor.post(f"/tasks/{self.task_id}/complete", whole | {"key": self.visitor.field("key")} | values)

    def choose(self):
        self.open("choose")
        ways = {f"choices[{n}].way": "COMMITMENT" for n in range(2)}
        assert self.send(**ways).status_code == 303

    def sign(self, **values):
        self.choose()
        self.open("sign")
        answer = self.send(**{"sign_method": "ON_SCREEN", "signature": DRAWN, **values})
        return answer

    def order_page(self, login="clerk"):
        visitor = self.visitor if login == "clerk" else self.site.visitor(login)
        return visitor.get(f"/orders/{self.order.order_no}").text

    @property
    def number(self):
        return f"{self.order.order_no}C01"

    def pdf(self, login="clerk"):
        visitor = self.visitor if login == "clerk" else self.site.visitor(login)
        return visitor.get(f"/orders/{self.order.order_no}/commitments/{self.number}.pdf")


@pytest.fixture
def counter(engine):
    return Counter(engine)


def block(page, anchor):
    part = re.split(r'<div class="card[ "](?!-)', page.split(f'id="{anchor}"')[1])[0]
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", part))).replace("： ", "：")


def text_of(pdf):
    return re.sub(r"\s", "", "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages))


def test_the_order_page_says_of_each_document_whether_it_may_be_asked_for(counter):
    papers = block(counter.order_page(), "papers")

    assert papers.count("待取得") == 2 and "用电设备清单" in papers
    assert "平台不提供此资料，可由客户提供" in papers
    assert re.sub(" ", "", papers).count("可用方式：上传或拍照、承诺补交、纸质") == 2


def test_the_customer_reads_the_draft_in_the_clear_before_he_signs(counter):
    counter.choose()
    page = counter.open("sign")
    letter = page.split('<div class="letter">')[1].split("<canvas")[0]

    assert PERSONAL["name"] in letter and PERSONAL["id_no"] in letter
    assert "用电设备清单" in letter and "双电源必要性说明" in letter and "尚未签署" in letter
    assert "<style" not in letter and "style=" not in letter


def test_nobody_else_reads_it_in_the_clear(counter):
    counter.choose()
    counter.open("sign")
    for login in ("surveyor", "supervisor"):
        visitor = counter.site.visitor(login)
        page = visitor.get(f"/tasks/{counter.task_id}").text
        letter = visitor.get(f"/orders/{counter.order.order_no}/commitments/{counter.number}").text
        for text in (page, letter, counter.order_page(login)):
            assert PERSONAL["name"] not in text and PERSONAL["id_no"] not in text
        assert "欧阳*试甲" in letter
    path = f"/orders/{counter.order.order_no}/commitments/{counter.number}"
    assert counter.site.visitor("stranger").get(path).status_code == 404
    assert counter.site.visitor("stranger").get(f"{path}.pdf").status_code == 404


def test_a_draft_is_printed_to_be_signed_on_paper(counter):
    counter.choose()
    answer = counter.pdf()

    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert PERSONAL["name"] in text_of(answer.data) and "尚未签署" in text_of(answer.data)


def test_a_signed_letter_is_kept_as_printed_with_the_hash_that_the_signature_fixed(counter, engine):
    assert counter.sign().status_code == 303
    assert deliver_due(engine).n_answered == 1
    answer = counter.pdf()

    assert answer.status_code == 200
    text = text_of(answer.data)
    assert "现场手写屏签署" in text and "演示clerk" in text and PERSONAL["name"] in text
    with engine.read() as view:
        again = letters.document(view, SYSTEM, counter.number)
    shown = counter.visitor.get(f"/orders/{counter.order.order_no}/commitments/{counter.number}").text
    assert again.content_hash in shown
    assert PERSONAL["name"] not in shown and "<svg" not in shown.split('<div class="letter">')[1]
    assert counter.pdf("supervisor").status_code in (200, 403)


def test_where_the_pen_went_is_in_no_variable_row_or_record(counter, engine):
    counter.sign()
    with engine.read() as view:
        order_id = counter.order.order_id
        head = reading.order_of_id(view.connection, order_id)
        process = view.world.version(view.connection, head["process_version_id"])
        state = reading.instance(view.connection, order_id)
        known = inspect(process.process, state).variables
        rows = {row.element_id: row.form for row in tasks.of_order(view.connection, order_id)}
        record = repr(orders.timeline(view, SYSTEM, counter.order.order_no))

    assert known["signature"] == rows["sign"]["signature"]
    assert re.fullmatch("[0-9a-f]{32}", known["signature"])
    assert '"x"' not in record and "'x'" not in record


def test_staff_do_not_get_a_signed_letter_in_the_clear_again(counter, engine):
    counter.sign()
    assert "现场手写屏签署" in text_of(counter.pdf().data)  # his copy, before the printer has run
    deliver_due(engine)
    with engine.read() as view, pytest.raises(Forbidden):
        letters.document(view, replace(CLERK, unit_code=COUNTY), counter.number)


def test_the_order_page_shows_the_letter_and_what_is_out(counter, engine):
    counter.sign()
    page = counter.order_page()
    letters_shown = block(page, "letters")

    for part in ("履行中", "屏上签署", "接收人 演示clerk", "用电设备清单", "供用电合同", "客户经理上门收取", "待补交"):
        assert part in letters_shown, part
    assert "承诺书 " + counter.number in block(page, "papers")


@pytest.mark.parametrize(
    ("signature", "why"),
    [("", "缺少客户签名"), ("<svg onload=x>", "签名数据无法读取"), ('[{"points":[{"x":1,"y":1}]}]', "签名过短")],
)
def test_a_signature_that_is_none_is_refused_beside_the_pad(counter, signature, why):
    answer = counter.sign(signature=signature)

    assert answer.status_code == 422
    assert why in answer.text.split("<canvas")[1].split("办理时间")[0]
    assert PERSONAL["name"] in answer.text  # the letter is still there to be read


def test_a_step_behind_a_gate_is_refused_with_what_is_out_and_what_to_do(counter, engine):
    counter.sign()
    deliver_due(engine)
    counter.open("contract")
    answer = counter.send()

    assert answer.status_code == 409
    assert "用电设备清单尚未补交" in answer.text and counter.number in answer.text
    assert "收到资料后在工单页“可登记事项”登记" in answer.text


def test_a_delivery_is_registered_and_opens_the_gate(counter, engine):
    counter.sign()
    deliver_due(engine)
    page = counter.order_page()
    assert "told" in block(page, "awaited") and f"/orders/{counter.order.order_no}/messages/told" in page
    counter.visitor.get(f"/orders/{counter.order.order_no}/messages/told")
    refused = deliver(counter)
    assert refused.status_code == 422 and "至少 1 项" in refused.text

    assert deliver(counter, **{f"delivered[{n}].way": "POST" for n in range(2)}).status_code == 303
    assert "已补齐" in block(counter.order_page(), "letters")
    counter.open("contract")
    assert counter.send().status_code == 303


def deliver(counter, **values):
    hidden = dict(re.findall(r'<input type="hidden" name="(delivered[^"]+)" value="([^"]*)"', counter.visitor.page))
    whole = {"key": counter.visitor.field("key")} | hidden | values
    return counter.visitor.post(f"/orders/{counter.order.order_no}/messages/told", whole)


def test_what_the_order_does_not_wait_for_cannot_be_registered(counter):
    path = f"/orders/{counter.order.order_no}/messages/told"

    assert counter.visitor.get(path).status_code == 404
    assert counter.visitor.post(path, {"key": "x"}).status_code == 404
