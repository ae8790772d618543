"""How the tests of groups talk: a group with customers in it, and what is done with it by GraphQL alone."""

from dataclasses import dataclass
from typing import Any

from tests.schema.conftest import Client


@dataclass
class Group:
    """A group, and the client that runs it."""

    client: Client
    id: str

    async def do(self, mutation: str, field: str, *, group: Any = True, **given: Any) -> Any:
        """A mutation on the group that is not refused; `given` as GraphQL writes it. The row that it answers with."""
        answer = await self._send(mutation, field, group=group, **given)
        assert answer["problems"] == [], answer["problems"]
        return answer[field.partition(" ")[0]]

    async def refused(self, mutation: str, *, group: Any = True, **given: Any) -> tuple[str, list[Any]]:
        """The code and the place of the only problem of a mutation."""
        [problem] = (await self._send(mutation, "", group=group, **given))["problems"]
        return problem["code"], problem["path"]

    async def _send(self, mutation: str, field: str, *, group: Any, **given: Any) -> dict[str, Any]:
        known = {"groupId": f'"{self.id}"'} if group else {}
        said = ", ".join(f"{name}: {value}" for name, value in {**known, **given}.items())
        answer = await self.client.ask(f"mutation {{ it: {mutation}({said}) {{ {field} problems {{ code path }} }} }}")
        found: dict[str, Any] = answer["it"]
        return found

    async def see(self, selection: str) -> dict[str, Any]:
        """What the group has."""
        answer = await self.client.ask(f'{{ group(id: "{self.id}") {{ {selection} }} }}')
        found: dict[str, Any] = answer["group"]
        return found

    async def list(self, field: str, selection: str) -> list[dict[str, Any]]:
        found = (await self.see(f"{field} {{ edges {{ node {{ {selection} }} }} }}"))[field.partition("(")[0]]
        return [edge["node"] for edge in found["edges"]]

    async def join(self, *customers: str) -> None:
        """Each applies, agrees to the rules and is let in."""
        for customer in customers:
            made = await self.do("applyToGroup", "application { id }", customerId=q(customer), agreed="true")
            await self.do("handleApplication", "application { id }", group=False, id=q(made["id"]), event="ADMIT")


def q(text: str) -> str:
    """A string as GraphQL writes it."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


async def found(client: Client, name: str = "福利群") -> Group:
    answer = await client.ask(
        'mutation($n: String!) { createGroup(input: {name: $n, platform: "WeChat"}) { group { id } } }', n=name
    )
    return Group(client, answer["createGroup"]["group"]["id"])


async def customer(client: Client, name: str, **fields: Any) -> str:
    answer = await client.ask(
        "mutation($i: CustomerInput!) { createCustomer(input: $i) { customer { id } problems { code } } }",
        i={"name": name, **fields},
    )
    id: str = answer["createCustomer"]["customer"]["id"]
    return id


async def rules(group: Group, *texts: str) -> dict[str, Any]:
    """A version of the rules, in force."""
    items = ", ".join(f'{{category: "speech", text: {q(text)}}}' for text in texts)
    privacy = '{category: "privacy", text: "个人信息只用于本群的活动与福利"}'
    made = await group.do("draftRules", "rulesVersion { id version }", items=f"[{items}, {privacy}]")
    row: dict[str, Any] = await group.do(
        "publishRules", "rulesVersion { id version state }", group=False, id=q(made["id"])
    )
    return row
