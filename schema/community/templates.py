"""Templates of groups: what there is, and how one is applied, as it is or edited."""

from typing import Any
from uuid import UUID

import strawberry
from strawberry import Info

from kequn.domain.community import templates
from kequn.domain.editing import Desk
from schema.community.acting import field, payload
from schema.context import Context
from schema.payloads import KEY, answer, argument
from schema.scalars import JSON
from schema.words import shown


@strawberry.type(description="A way of running a group, to copy and edit 群管理模板")
class Template:
    name: str = strawberry.field(description="Its name 名称")
    title: str = strawberry.field(description="What it is for 标题")
    version: int = strawberry.field(description="Its version 版本")
    review_days: int = strawberry.field(description="After how long it is to be looked at again 复查天数")
    content: JSON = strawberry.field(description="Everything in it; edit it and give it back as `content` 内容")


@strawberry.type
class Templates:
    """What there is."""

    @shown("The templates that come with kequn 群管理模板列表")
    def templates(self) -> list[Template]:
        return [
            Template(
                name=one.name,
                title=one.title,
                version=one.version,
                review_days=one.review_days,
                content=JSON(one.model_dump(mode="json")),
            )
            for one in templates.known().values()
        ]


async def _apply(root: Any, info: Info[Context], template: str, name: str, content: Any = None, **_: Any) -> Any:
    async def run(desk: Desk) -> UUID:
        chosen = templates.named(template) if content is None else templates.read(content)
        return await templates.apply(desk, chosen, name)

    return await answer(info, payload("TemplateUse"), "template_use", "template_use", run)


@strawberry.type
class TemplateActs:
    """How one is applied."""

    apply_template = field(
        _apply,
        payload("TemplateUse"),
        "Found a group by a template; what members would notice is made as drafts 使用模板建群",
        argument("template", str, "The template's name 模板"),
        argument("name", str, "The name of the group 群名称"),
        argument("content", JSON | None, "The template as it was edited; left out: as it is 模板内容", default=None),
        KEY,
    )
