from __future__ import annotations

import html
import io
import re
from datetime import datetime

import pytest

from engine.store import calendars
from tests.diagrams import path, user
from tests.notices import HOLIDAYS, MAKEUP, SOURCE
from tests.orders import accept, deploy
from tests.site import Site

HOME = {"usage": "RESIDENTIAL", "capacity_kw": 8, "requested_voltage": "LV"}
FORM = {
    "status": "OFFICIAL",
    "source": SOURCE,
    "notice_on": "2026-03-01",
    "holidays": HOLIDAYS,
    "makeup_days": MAKEUP,
    "based_on": "1",
}
CSV = "date,kind,name\n2027-01-01,HOLIDAY,元旦\n2027-05-01,HOLIDAY,劳动节\n2027-05-02,HOLIDAY,劳动节\n" + "".join(
    f"2027-10-0{day},HOLIDAY,国庆节\n" for day in (1, 2, 3)
)


@pytest.fixture
def backend() -> str:
    return "sqlite"


@pytest.fixture
def site(engine):
    return Site(engine)


@pytest.fixture
def admin(site):
    visitor = site.visitor("admin")
    visitor.get("/admin/calendar")
    return visitor


@pytest.fixture
def order(engine, clock):
    deploy(engine, user("a"), path("s", "a", "e"), key="lv_residential")
    clock.move_to(datetime.fromisoformat("2027-02-03T09:00:00+08:00"))
    return accept(engine, submitted_at="2027-02-03T08:20:00+08:00", unit_code="3340101", hall_code="3340101H0", **HOME)


def words(page):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page)))


def previewed(admin, **changes):
    answer = admin.post("/admin/calendar/2027/preview", FORM | changes)
    admin.page = answer.text
    return answer


def hidden(page):
    """What the preview would post again."""
    found = re.findall(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found if name != "csrf_token"}


def saved(admin, **changes):
    return admin.post("/admin/calendar/2027", hidden(previewed(admin).text) | {"confirmed": "yes"} | changes)


def version(engine):
    with engine.read() as view:
        return calendars.versions(view.connection)[2027]


def test_the_years_are_listed_with_version_status_and_source(admin):
    text = words(admin.page)

    for part in ("2027 v1 暂定", "2026 v1 正式", "国务院办公厅关于2026年部分节假日安排的通知", "系统文件"):
        assert part in text
    assert re.search(r'<a class="nav-link" href="/admin/calendar" aria-current="page">', admin.page)


def test_a_year_is_shown_as_twelve_months_with_words_for_what_is_special(admin):
    page = admin.get("/admin/calendar/2026").text

    assert page.count('<table class="month">') == 12
    assert re.search(r'<td class="off holiday" title="2026年2月17日 春节">17<span class="day-mark">休</span>', page)
    assert re.search(
        r'<td class="works makeup" title="2026年2月14日 春节调休上班">14<span class="day-mark">班</span>', page
    )
    assert "2026年2月15日 至 2026年2月23日" in words(page)


def test_a_year_that_nobody_entered_says_so(admin):
    assert "未录入，按法定固定节日暂定" in words(admin.get("/admin/calendar/2028").text)
    assert admin.get("/admin/calendar?year=2028").location.endswith("/admin/calendar/2028")
    assert [admin.get(f"/admin/calendar/{year}").status_code for year in (2007, 2029, 99999)] == [404] * 3
    assert admin.get("/admin/calendar/2027?version=7").status_code == 404


def test_the_form_begins_with_what_is_in_force(admin):
    page = admin.get("/admin/calendar/2026/edit").text

    assert "2026-02-15 至 2026-02-23 春节" in page and "2026-10-10 国庆节调休上班" in page
    assert admin.field("based_on") == "1"


def test_the_preview_shows_what_moves_and_writes_nothing(order, admin, engine):
    answer = previewed(admin)
    text = words(answer.text)

    assert answer.status_code == 200 and version(engine) == 1
    assert f"{order.order_no} 时限 全流程 2027年2月12日 24:00 2027年2月17日 24:00 延后" in text
    assert "1 个在办工单：1 个时限" in text
    assert "改为休息日 ：2027年2月9日、2027年2月10日" in text and "改为工作日 ：2027年1月31日、2027年2月20日" in text
    assert "v1 暂定 → v2 正式" in text


def test_a_saved_year_is_in_force_and_the_orders_are_recounted(order, admin, site, engine):
    assert saved(admin).location.endswith("/admin/calendar/2027")
    text = words(admin.get("/admin/calendar/2027").text)
    assert "2027 年日历 v2 已生效" in text and "还有 1 个工单等待重新计算期限" in text
    assert "还有 1 个工单" in admin.get("/admin/calendar/progress").text

    assert engine.recount_due() == 1
    assert "已全部重新计算" in admin.get("/admin/calendar/progress").text
    assert "等待重新计算" not in admin.get("/admin/calendar").text
    page = words(site.visitor("clerk").get(f"/orders/{order.order_no}").text)
    change = "由 2027年2月12日 改为 2027年2月17日，日历 2027 v1 → 日历 2027 v2"
    assert f"期限重新计算：{change} 2027 年日历更新为 v2" in page
    record = page.split("办理记录")[1]
    assert "期限重新计算" in record and f"全流程：{change}" in record and "原因：2027 年日历更新为 v2" in record


def test_former_versions_stay_to_be_seen(admin):
    saved(admin)
    text = words(admin.get("/admin/calendar/2027?version=1").text)

    assert "这是已被替换的版本，现行版本为 v2" in text and "暂定" in text
    assert "演示admin" in text and "系统文件" in text


def test_nothing_is_saved_without_the_confirmation(admin, engine):
    answer = saved(admin, confirmed="")

    assert answer.status_code == 422 and "请核对后勾选确认" in answer.text
    assert "会移动的期限" in answer.text and version(engine) == 1


def test_a_double_click_saves_once(admin, engine):
    sent = hidden(previewed(admin).text) | {"confirmed": "yes"}
    answers = [admin.post("/admin/calendar/2027", sent).status_code for _ in range(2)]

    assert (answers, version(engine)) == ([303, 303], 2)


def test_who_was_overtaken_sees_the_form_again(admin, engine):
    sent = hidden(previewed(admin).text)
    saved(admin)
    late = admin.post("/admin/calendar/2027", sent | {"confirmed": "yes", "key": "late"})

    assert late.status_code == 409 and "该年日历已被更新" in late.text and version(engine) == 2
    assert previewed(admin).status_code == 409


def test_one_may_go_back_and_change_it(admin):
    answer = previewed(admin, edit="yes")

    assert answer.status_code == 200 and "预览影响" in answer.text
    assert "2027-02-05 至 2027-02-11 春节" in answer.text and SOURCE in answer.text


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"holidays": "2027-01-01 元旦\n春节放假"}, "holidays", "第 2 行无法读取"),
        ({"holidays": "2026-12-31 元旦"}, "holidays", "不在 2027 年"),
        ({"holidays": "2027-01-01 元旦"}, "holidays", "是法定节假日"),
        ({"makeup_days": "2027-03-01 补班"}, "makeup_days", "本来就上班"),
        ({"source": ""}, "source", "依据须为"),
        ({"notice_on": ""}, "notice_on", "须填写通知的发布日期"),
        ({"notice_on": "soon"}, "notice_on", "日期格式不符"),
        ({"notice_on": "2026-03-03"}, "notice_on", "不得晚于今天"),
        ({"status": ""}, "status", "状态只能是"),
    ],
)
def test_what_is_wrong_stands_at_its_field(admin, engine, changes, field, why):
    answer = previewed(admin, **changes)

    assert answer.status_code == 422 and version(engine) == 1
    assert re.search(rf'id="{field}-error">[^<]*{why}', answer.text)
    for value in changes.values():
        assert html.escape(value).split("\n")[0] in answer.text


def test_a_page_without_its_version_is_refused(admin):
    assert previewed(admin, based_on="").status_code == 422
    assert previewed(admin, based_on="x").status_code == 422


def upload(admin, data):
    file = (io.BytesIO(data), "2027.csv")
    return admin.post("/admin/calendar/2027/preview", FORM | {"csv": file}, content_type="multipart/form-data")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_takes_the_place_of_what_stands_in_the_form(admin, encoding):
    answer = upload(admin, CSV.encode(encoding))

    assert answer.status_code == 200
    assert (
        hidden(answer.text)["holidays"]
        == "2027-01-01 元旦\n2027-05-01 至 2027-05-02 劳动节\n2027-10-01 至 2027-10-03 国庆节"
    )
    assert hidden(answer.text)["makeup_days"] == ""


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (CSV.encode("gb18030"), "第 2 行不是 UTF-8 编码"),
        (b"a,b\n", "第 1 行应为 date,kind,name"),
        (CSV.replace("10-03", "10-33").encode(), "第 7 行 date："),
        (CSV.encode() + b"\n" * 70_000, "不是一年的日历"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(admin, data, why):
    answer = upload(admin, data)

    assert answer.status_code == 422
    assert re.search(rf'id="csv-error">[^<]*{why}', answer.text)


def test_the_year_in_force_can_be_taken_as_a_file_and_given_back(admin):
    file = admin.get("/admin/calendar/2026/days.csv")

    assert file.mimetype == "text/csv" and "calendar-2026.csv" in file.headers["Content-Disposition"]
    assert file.data.startswith(b"\xef\xbb\xbfdate,kind,name\r\n2026-01-01,HOLIDAY,")


def test_only_the_administrator_sees_the_calendar(site):
    clerk = site.visitor("clerk")

    assert clerk.get("/admin/calendar").status_code == 403
    assert "/admin/calendar" not in clerk.get("/tasks").text
    assert clerk.post("/admin/calendar/2027", FORM).status_code == 403
