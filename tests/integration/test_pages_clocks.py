from __future__ import annotations

import html
import re
from datetime import datetime

import pytest

from engine.capped import end_capped_pauses
from engine.clock import SHANGHAI
from tests.handled import Handled
from tests.orders import ADMIN, KEY
from tests.site import Site
from tests.stopping import RESUME, S1, begun, decide, register


@pytest.fixture
def backend() -> str:
    return "sqlite"


def page(engine, order, what="/clocks"):
    """Logged in anew: the clock of the test moves by weeks."""
    return Site(engine).visitor("supervisor").get(f"/orders/{order.order_no}{what}").text


def words(part):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", part)))


def section(text, name):
    start = text.index(f'aria-label="{name}"')
    return text[start : text.index("</section>", start)]


@pytest.fixture
def resumed(engine, clock):
    order = begun(engine)
    clock.advance(days=2)
    register(engine, order, "suspension", S1)
    decide(engine, order)
    clock.advance(days=14)
    register(engine, order, "resume", RESUME)
    clock.advance(days=1)
    return order


def test_every_clock_says_what_is_used_and_left_by_law_and_by_target_and_why(engine, resumed):
    part = words(section(page(engine, resumed), "供电方案答复"))

    for told in (
        "11 个工作日",
        "2026年3月31日 24:00",
        "9 个工作日",
        "2026年3月27日 17:00",
        "已用工作日 3",
        "剩余工作日 8",
        "（按内部目标 6）",
        "依规暂停 10 个工作日",
        "内部目标说明",
    ):
        assert told in part, told
    assert "自 2026-03-18 次日起第9个工作日为 2026-03-31" in part
    assert "自 2026-03-18 次日起第7个工作日为 2026-03-27" in part


def test_the_picture_says_in_words_what_it_shows(engine, resumed):
    text = page(engine, resumed)
    part = section(text, "供电方案答复")
    alt = re.search(r'<title id="clock-\d+-alt">([^<]*)', part)

    assert alt is not None
    for told in (
        "计时 2026年3月2日 至 2026年3月4日",
        "暂停 2026年3月4日 至 2026年3月18日（客户书面要求暂停）",
        "恢复计时：2026年3月18日",
        "今日：2026年3月19日",
        "法定时限：2026年3月31日",
        "内部目标：2026年3月27日",
    ):
        assert told in html.unescape(alt[1]), told
    boxes = re.findall(r'<rect class="(\w+)" x="([\d.]+)" y="18" width="([\d.]+)"', part)
    assert [kind for kind, *_ in boxes] == ["run", "run", "rest", "pause"]
    run, again, rest, pause = ((float(x), float(x) + float(width)) for _, x, width in boxes)
    assert run[1] == pytest.approx(pause[0], abs=0.2) and pause[1] == pytest.approx(again[0], abs=0.2)
    assert again[1] == pytest.approx(rest[0], abs=0.2)
    assert (pause[1] - pause[0]) / (run[1] - run[0]) == pytest.approx(5, abs=0.05)  # ten working days and two
    assert "<script" not in part and "style=" not in part


def test_a_clock_that_never_ran_shows_no_picture(engine, resumed):
    part = section(page(engine, resumed), "装表接电")
    assert "未计时" in part and "<svg" not in part


def test_a_pause_beyond_its_cap_is_flagged(engine, clock):
    order = begun(engine)
    register(engine, order, "suspension", {**S1, "reason_code": "S5", "evidence_kind": "CONTACT_LOG"})
    decide(engine, order)
    assert "计时最多停至 2026年5月1日，届时自行恢复" in words(page(engine, order))
    clock.move_to(datetime(2026, 5, 2, 8, tzinfo=SHANGHAI))
    assert end_capped_pauses(engine) == 1
    text = words(page(engine, order))
    assert "已到上限：计时自行恢复，工单仍为暂停" in text and "暂停已到上限" in text
    shown = words(page(engine, order, ""))
    assert "暂停已到上限，计时自行恢复 2026年5月2日 08:00 系统自动" in shown
    assert "2026年5月1日，已到上限，计时已自行恢复" in shown


def test_an_order_links_its_clocks_and_shows_both_ends(engine, resumed):
    text = page(engine, resumed, "")
    assert f"/orders/{resumed.order_no}/clocks" in text
    part = words(text[text.index("<strong>供电方案答复</strong>") :])
    assert part.index("2026年3月31日 24:00") < part.index("2026年3月27日 17:00")


def test_until_when_a_plan_holds_is_said_with_its_reason(engine, clock):
    engine.deploy(engine.settings.processes_dir / KEY, ADMIN)
    order = Handled(engine, clock)
    order.do("acc_supplement")
    order.do("acc_confirm", application_changed=False)
    order.do("hvp_survey", can_supply=True, needs_external_line_works=False)
    simple = {"important_customer": False, "special_load": False, "hidden_works": False}
    order.do("hvp_draft", approved_capacity_kw=630, customer_charge_yuan=0, **simple)
    order.do("hvp_approve_county", by=1, plan_approved=True)
    order.do("hvp_reply")
    text = page(engine, order.order)
    plan = words(text[text.index('id="plan"') : text.index('id="timers"')])
    for told in ("异议期 自答复之日起 1 个月内可提异议，至 2026-04-02 24:00", "2026年4月2日 24:00",
                 "申请延期须在有效期届满前 10 日提出，至 2027-02-20 24:00",
                 "方案自答复之日 2026-03-02起 12 个月内有效，至 2027-03-02 24:00", "2028年3月2日 24:00"):  # fmt: skip
        assert told in plan, told
    timers = words(text[text.index('id="timers"') :])
    assert "对供电方案的异议期至 2026-04-02" in timers
    assert "方案延期须于 2027-02-20 前申请，此前提醒" in timers
