"""What people do with surveys, waves and invitations. Customers answer on a page of their own: see api/surveys.py."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET, Info

from kequn.domain.editing import Desk
from kequn.domain.problems import Code, Refused, refuse
from kequn.domain.surveys import answering, inviting, keeping
from kequn.domain.surveys.questions import Question
from schema import filters
from schema.context import Context
from schema.doing import act, count
from schema.once import IdempotencyKey
from schema.payloads import ID, VERSION, Payload, argument
from schema.problems import show
from schema.scalars import JSON
from schema.surveys.asked import Survey, SurveyKind, SurveyNode
from schema.surveys.invitations import SurveyChannel, SurveyInvitation
from schema.surveys.waves import SurveyWave
from schema.words import shown, worded


@strawberry.enum(description="How a question is answered 题型")
class QuestionType(Enum):
    RATING = strawberry.enum_value("rating", description="From 1 to 5 (CSAT) 评分")
    NPS = strawberry.enum_value("nps", description="From 0 to 10: how likely to recommend 推荐意愿")
    CES = strawberry.enum_value("ces", description="From 1 to 7: how easy it was 费力度")
    SINGLE = strawberry.enum_value("single", description="One of a list 单选")
    MULTIPLE = strawberry.enum_value("multiple", description="Several of a list 多选")
    TEXT = strawberry.enum_value("text", description="In words 文字")


@strawberry.enum(description="What an answer tells of a customer's satisfaction 评价对象")
class QuestionAbout(Enum):
    OVERALL = strawberry.enum_value("overall", description="All in all 总体")
    RESPONSE = strawberry.enum_value("response", description="Our response 响应")
    ATTITUDE = strawberry.enum_value("attitude", description="Our attitude 态度")
    PRODUCT = strawberry.enum_value("product", description="The product 产品")


@strawberry.enum(description="The field of the customer that an answer is written to 写入的客户字段")
class QuestionFills(Enum):
    GENDER = strawberry.enum_value("gender", description="Gender 性别")
    BIRTHDAY = strawberry.enum_value("birthday", description="Birthday, as 1990-05-01 生日")
    OCCUPATION = strawberry.enum_value("occupation", description="Occupation 职业")
    INDUSTRY = strawberry.enum_value("industry", description="Industry 行业")
    COUNTRY = strawberry.enum_value("country", description="Country 国家")
    REGION = strawberry.enum_value("region", description="Region 地域")
    CITY = strawberry.enum_value("city", description="City 城市")
    STREET = strawberry.enum_value("street", description="Street 街道")
    POSTCODE = strawberry.enum_value("postcode", description="Postcode 邮编")
    LANGUAGE = strawberry.enum_value("language", description="Language 语言")
    PHONE = strawberry.enum_value("phone", description="Phone 电话")
    EMAIL = strawberry.enum_value("email", description="E-mail 邮箱")
    NEEDS = strawberry.enum_value("needs", description="Present needs 需求")
    INTERESTS = strawberry.enum_value("interests", description="Interests, added to those known 兴趣爱好")
    PRODUCT_PREFERENCES = strawberry.enum_value(
        "product_preferences", description="Preferred products, added to those known 产品偏好"
    )


@strawberry.enum(description="What is done with a survey 调查操作")
class SurveyEvent(Enum):
    PUBLISH = strawberry.enum_value("publish", description="It may be held 发布")
    PAUSE = strawberry.enum_value("pause", description="Not for now 暂停")
    RESUME = strawberry.enum_value("resume", description="Again 恢复")
    RETIRE = strawberry.enum_value("retire", description="No more 停用")


@strawberry.enum(description="Why there is no answer 未回应原因")
class NoAnswer(Enum):
    DECLINE = strawberry.enum_value("decline", description="The customer will not 拒绝")
    FAIL = strawberry.enum_value("fail", description="Nobody could be reached 无法联系")


@strawberry.input(description="A choice of a list 选项")
class OptionInput:
    zh: str = strawberry.field(description="In Chinese 中文")
    en: str = strawberry.field(default="", description="In English; empty: as in Chinese 英文")


@strawberry.input(description="A question of a survey 问题")
class QuestionInput:
    key: str = strawberry.field(description="Its name in answers, the same in all versions 标识")
    type: QuestionType = strawberry.field(description="How it is answered 题型")
    zh: str = strawberry.field(description="The question in Chinese 中文题干")
    en: str = strawberry.field(default="", description="In English; empty: as in Chinese 英文题干")
    required: bool = strawberry.field(default=False, description="Must be answered 必答")
    options: list[OptionInput] = strawberry.field(default_factory=list, description="The list to choose from 选项")
    about: QuestionAbout | None = strawberry.field(
        default=None, description="What a rating or NPS tells of; it becomes an answer of the customer 评价对象"
    )
    fills: QuestionFills | None = strawberry.field(
        default=None, description="Words or a choice are written to this field of the customer 写入的客户字段"
    )


@worded("survey")
@strawberry.input(description="What is to change of a survey 修改调查")
class SurveyChanges:
    name: str | None = UNSET
    welcome: JSON | None = UNSET
    segment_id: strawberry.ID | None = UNSET
    sample: int | None = UNSET
    every_days: int | None = UNSET
    delay_days: int | None = UNSET
    rest_days: int | None = UNSET
    remind_days: int | None = UNSET
    open_days: int | None = UNSET
    questions: list[QuestionInput] | None = UNSET


@worded("survey")
@strawberry.input(description="What a survey is to be 新建调查")
class SurveyInput(SurveyChanges):
    name: str
    kind: SurveyKind
    questions: list[QuestionInput]
    node: SurveyNode | None = UNSET


@strawberry.type(description="The survey, or why nothing was changed 调查修改结果")
class SurveyPayload(Payload):
    survey: Survey | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="The wave, or why nothing was changed 调查批次修改结果")
class SurveyWavePayload(Payload):
    wave: SurveyWave | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="The invitation, or why nothing was changed 调查邀请修改结果")
class SurveyInvitationPayload(Payload):
    invitation: SurveyInvitation | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="The way to the page of an invitation, or why there is none 调查链接")
class SurveyLinkPayload(Payload):
    invitation: SurveyInvitation | None = strawberry.field(default=None, description="The invitation 邀请")
    path: str | None = strawberry.field(
        default=None, description="The page's address on this server: whoever has it may answer 页面路径"
    )


PATH = "/s/"
InvitationId = Annotated[strawberry.ID, strawberry.argument(description="The invitation 邀请")]
EMPTIED = {"segment_id", "sample", "every_days"}


def _columns(entered: SurveyChanges) -> dict[str, Any]:
    """Raises Refused."""
    found: dict[str, Any] = {}
    for name in (*SurveyChanges.__annotations__, "kind", "node"):
        value = getattr(entered, name, UNSET)
        if value is UNSET or name == "questions":
            continue
        if value is None and name not in {*EMPTIED, "node"}:
            raise refuse(Code.REQUIRED, name)
        found[name] = _column(name, value)
    return found


def _column(name: str, value: Any) -> Any:
    if name == "segment_id":
        return filters.uuid(value, "segment", name) if value else None
    if name == "welcome":
        known = isinstance(value, Mapping) and value.keys() <= {"zh", "en"}
        if not known or not all(isinstance(text, str) for text in value.values()):
            raise refuse(Code.BAD_VALUE, name)
    return value.value if isinstance(value, Enum) else value


def _questions(entered: Sequence[QuestionInput]) -> list[Question]:
    return [
        Question(
            one.key, str(one.type.value), one.zh, one.en, one.required,
            tuple((option.zh, option.en) for option in one.options), str(one.about.value) if one.about else None,
            str(one.fills.value) if one.fills else None,
        )
        for one in entered
    ]  # fmt: skip


async def _make(desk: Desk, input: SurveyInput) -> UUID:
    return await keeping.make(desk, _columns(input), _questions(input.questions or []))


async def _change(desk: Desk, id: str, input: SurveyChanges, version: int | None = None) -> UUID:
    asked = _questions(input.questions) if input.questions else None
    return await keeping.change(desk, filters.uuid(id, "survey", "id"), _columns(input), asked, version)


async def _step(desk: Desk, id: str, event: SurveyEvent) -> UUID:
    return await keeping.step(desk, filters.uuid(id, "survey", "id"), str(event.value))


async def _hold(desk: Desk, survey_id: str, seed: str) -> UUID:
    return await inviting.hold(desk, filters.uuid(survey_id, "survey", "survey_id"), seed)


async def _close(desk: Desk, id: str) -> UUID:
    return await inviting.close(desk, filters.uuid(id, "survey_wave", "id"))


async def _send_all(desk: Desk, wave_id: str, address: str, reminder: bool) -> int:
    if not address.startswith(("https://", "http://")) or len(address) > 200:
        raise refuse(Code.BAD_VALUE, "address")
    wave = filters.uuid(wave_id, "survey_wave", "wave_id")
    return await inviting.send_all(desk, wave, f"{address.rstrip('/')}{PATH}", reminder=reminder)


async def _note(desk: Desk, id: str, event: NoAnswer, note: str) -> UUID:
    return await inviting.note(desk, filters.uuid(id, "survey_invitation", "id"), str(event.value), note)


async def _answer(desk: Desk, id: str, channel: SurveyChannel, answers: Any) -> UUID:
    if not isinstance(answers, Mapping):
        raise refuse(Code.BAD_VALUE, "answers")
    said = {key: [str(one) for one in (value if isinstance(value, list) else [value]) if value is not None]
            for key, value in answers.items()}  # fmt: skip
    return await answering.answer(desk, filters.uuid(id, "survey_invitation", "id"), said, str(channel.value))


@strawberry.type
class SurveyMutation:
    """Surveys, waves and invitations."""

    create_survey = act(
        SurveyPayload, "survey", "survey", "Draw up a survey 新建调查", _make,
        argument("input", SurveyInput, "What it is to be 内容"),
    )  # fmt: skip
    update_survey = act(
        SurveyPayload, "survey", "survey", "Change a survey; other questions are another version 修改调查", _change,
        ID, argument("input", SurveyChanges, "What is to change 修改内容"), VERSION,
    )  # fmt: skip
    handle_survey = act(
        SurveyPayload, "survey", "survey", "Publish a survey, pause, resume or retire it 发布、暂停或停用调查", _step,
        ID, argument("event", SurveyEvent, "What is done 操作"),
    )  # fmt: skip
    hold_survey = act(
        SurveyWavePayload, "wave", "survey_wave",
        "Hold a periodic survey: a sample is drawn of those who may be asked 开展一期调查", _hold,
        argument("survey_id", strawberry.ID, "The survey 调查"),
        argument("seed", str, "What the sample is drawn from; the same seed draws the same 抽样种子"),
    )  # fmt: skip
    hold_due_surveys = count("Hold the periodic surveys whose time has come 开展到期的定期调查", inviting.hold_due)
    trigger_surveys = count(
        "Ask customers about key nodes that are due: purchase, use, after-sales 触发关键节点调查", inviting.trigger
    )
    close_survey_wave = act(
        SurveyWavePayload, "wave", "survey_wave", "Close a wave; who did not answer is noted 结束批次", _close,
        ID,
    )  # fmt: skip
    close_due_waves = count("Close the waves whose time is over 结束到期批次", inviting.close_due)
    send_survey_invitations = count(
        "Queue a notice with a link for all who have none yet, or remind those who did not answer, once; 5,000 at a "
        "time, the rest by calling it again 发送调查邀请（每次至多五千人，其余再次调用）",
        _send_all, argument("wave_id", strawberry.ID, "The wave 调查批次"),
        argument("address", str, "Of this server, as customers reach it: https://example.com 服务器地址"),
        argument("reminder", bool, "Remind those who did not answer 提醒未回应者", default=False),
    )  # fmt: skip
    note_no_answer = act(
        SurveyInvitationPayload, "invitation", "survey_invitation", "Say why there is no answer 记录未回应", _note,
        ID, argument("event", NoAnswer, "What happened 情况"), argument("note", str, "In words 说明"),
    )  # fmt: skip
    answer_survey = act(
        SurveyInvitationPayload, "invitation", "survey_invitation",
        "Note what a customer said on the phone or on paper 录入回答", _answer,
        ID, argument("channel", SurveyChannel, "How it was said 渠道"),
        argument("answers", JSON, "By key of the question; of a list the place from 0 回答"),
    )  # fmt: skip

    @shown("The link to the page of an invitation, to be handed to the customer 获取调查链接")
    async def issue_survey_link(
        self, info: Info[Context], id: InvitationId, idempotency_key: IdempotencyKey = None
    ) -> SurveyLinkPayload:
        try:
            invitation = filters.uuid(id, "survey_invitation", "id")
            async with info.context.desk() as desk:
                link = await inviting.send(desk, invitation)
        except Refused as refused:
            return SurveyLinkPayload(problems=show(refused.problems, info.context.language))
        row = await info.context.ask.one("survey_invitation", invitation)
        return SurveyLinkPayload(invitation=row, path=f"{PATH}{link.token}")
