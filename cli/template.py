"""`kequn template`: the templates of groups - what there is, one as JSON to edit, and a group founded by one."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from cli.acting import desk, told
from cli.entered import read_json, require_known
from cli.installation import Json, Tenant, opened
from kequn.contracts.identity import format_id
from kequn.domain.community import templates
from kequn.domain.problems import Refused
from kequn.terminal import Failure, say, say_json

group = typer.Typer(help="Found groups by templates: 福利群, 会员群, 存量客户.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The template's name.")]


@group.command("list")
def everything(json: Json = False) -> None:
    """Show the templates that come with kequn."""
    found = templates.known().values()
    if json:
        say_json({"templates": [one.model_dump(mode="json") for one in found]})
        return
    for one in found:
        say(f"{one.name}  {one.title}, version {one.version}: {len(one.rules)} rules, {len(one.posts)} posts")


@group.command()
def show(name: Name) -> None:
    """Show a template as JSON. Save it, edit it, and apply it with --file."""
    say_json(_chosen(name).model_dump(mode="json"), readable=True)


@group.command()
def apply(
    name: Name,
    group_name: Annotated[str | None, typer.Option("--group", help="The group's name; else the title.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="The template as it was edited.")] = None,
    tenant: Tenant = None,
    json: Json = False,
) -> None:
    """Found a group by a template. What members would notice is made as drafts."""
    usual = _chosen(name)
    chosen = usual if file is None else _read(file)

    async def work() -> dict[str, object]:
        async with opened(tenant) as here, desk(here) as at:
            with told():
                use = await templates.apply(at, chosen, group_name or chosen.title)
            found = await templates.use(at, use)
            return {
                "id": format_id("template_use", use),
                "group": format_id("group", found["group_id"]),
                **found["made"],
            }

    made = asyncio.run(work())
    if json:
        say_json(made)
        return
    say(f"{made.pop('group')} founded by {chosen.name}, version {chosen.version} ({made.pop('id')})")
    for what, count in made.items():
        say(f"  {count} {what}")


def _chosen(name: str) -> templates.Template:
    known = templates.known()
    require_known("template", name, known)
    return known[name]


def _read(file: Path) -> templates.Template:
    try:
        return templates.read(read_json(file))
    except Refused as refused:
        place = ".".join(map(str, refused.problems[0].path[1:]))
        raise Failure(f"{file}: {place} does not fit") from None
