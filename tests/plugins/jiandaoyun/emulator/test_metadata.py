"""Apps, forms and widgets: contract, section 2."""

import pytest

from plugins.jiandaoyun.emulator.forms import Widget
from tests.plugins.jiandaoyun.emulator.desk import Desk, app

pytestmark = pytest.mark.anyio

SAMPLE = (
    Widget("_widget_1669106585317", "KQ编号", "text", "kq_id"),
    Widget(
        "_widget_1669106585321", "明细", "subform", None, (Widget("_widget_1669106585401", "品名", "text"),)
    ),
)  # fmt: skip


async def test_the_widgets_of_the_contracts_sample() -> None:
    desk = Desk()
    named = desk.design(*SAMPLE)
    desk.form("sample").modified = 1631072426586
    reply = await desk.post("v5/app/entry/widget/list", named)
    assert reply.text == (
        '{"widgets":['
        '{"name":"kq_id","widgetName":"_widget_1669106585317","label":"KQ编号","type":"text"},'
        '{"name":"_widget_1669106585321","widgetName":"_widget_1669106585321","label":"明细","type":"subform",'
        '"items":[{"name":"_widget_1669106585401","widgetName":"_widget_1669106585401","label":"品名","type":"text"}]}],'
        '"sysWidgets":[{"name":"creator"},{"name":"createTime"},{"name":"updateTime"}],'
        '"dataModifyTime":"2021-09-08T03:40:26.586Z"}'
    )


async def test_forms_are_listed_with_their_ids() -> None:
    answer = await Desk().ask("app/entry/list", {"app_id": "5f" + "0" * 22, "limit": 1, "skip": 0})
    assert answer == {
        "forms": [{"name": "客户", "app_id": "5f0000000000000000000000", "entry_id": "600000000000000000000000"}]
    }


@pytest.mark.parametrize("limit", [0, 101, "5"])
async def test_a_limit_outside_1_to_100_is_refused(limit: object) -> None:
    assert await Desk().refused("app/list", {"limit": limit}) == 17017


async def test_a_form_without_data_has_no_modify_time() -> None:
    answer = await Desk().ask("app/entry/widget/list", app("customer"))
    assert answer["dataModifyTime"] is None


async def test_separators_and_queries_are_not_listed() -> None:
    desk = Desk()
    named = desk.design(Widget("_widget_1", "线", "separator"), Widget("_widget_2", "查", "query"), *SAMPLE)
    listed = (await desk.ask("app/entry/widget/list", named))["widgets"]
    assert [widget["type"] for widget in listed] == ["text", "subform"]


async def test_a_workflow_form_has_more_system_widgets() -> None:
    desk = Desk()
    form = desk.form()
    form.workflow = form.extension = True
    names = [one["name"] for one in (await desk.ask("app/entry/widget/list", app("customer")))["sysWidgets"]]
    assert names == ["creator", "createTime", "updateTime", "ext", "flowState"]


async def test_the_recommended_forms_are_there() -> None:
    desk = Desk()
    forms = (await desk.ask("app/entry/list", {"app_id": "5f" + "0" * 22}))["forms"]
    names = ["客户", "等级", "分组", "分组成员", "反馈", "订单", "互动", "福利领取", "调查评分", "推送演示"]
    assert [form["name"] for form in forms] == names
    listed = await desk.ask("app/entry/widget/list", app("purchase"))
    names = [widget["name"] for widget in listed["widgets"]]
    assert {"kq_id", "order_no", "customer_ref", "customer_kq_id", "ordered_at", "amount", "currency"} <= set(names)
    lines = next(widget for widget in listed["widgets"] if widget["name"] == "lines")
    assert {"sku", "title", "qty", "price"} <= {item["name"] or item["widgetName"] for item in lines["items"]}


@pytest.mark.parametrize(("by_api", "moves"), [(True, True), (True, False), (False, True)])
async def test_what_moves_the_modify_time(by_api: bool, moves: bool) -> None:
    desk = Desk(api_moves_modify_time=moves)
    if by_api:
        await desk.make(name="甲")
    else:
        desk.people.create("customer", {"name": "甲"})
    time = (await desk.ask("app/entry/widget/list", app("customer")))["dataModifyTime"]
    assert time == ("2026-01-05T09:00:00.000Z" if moves else None)
