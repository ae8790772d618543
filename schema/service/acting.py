"""What people do about feedback, standards, crises and trainings."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from kequn.domain.editing import Desk
from kequn.domain.problems import Code, refuse
from kequn.domain.service import crises, overdue, standards, taking, tickets, trainings
from schema import filters, given
from schema.benefits.acting import VersionEvent
from schema.doing import act, count
from schema.payloads import ID, Payload, argument
from schema.service.crises import CrisisPlan
from schema.service.grades import Category, Sentiment, Setting, Severity
from schema.service.runs import CrisisKind, CrisisRun
from schema.service.standards import ServiceStandard
from schema.service.tickets import Ticket
from schema.service.trainees import Trainee
from schema.service.trainings import Training, TrainingForm, TrainingSubject
from schema.words import worded


@strawberry.enum(description="What is done about a feedback 反馈处理操作")
class TicketEvent(Enum):
    ANSWER = strawberry.enum_value("answer", description="The customer was answered; `note` says what 回复")
    ESCALATE = strawberry.enum_value("escalate", description="It goes to those above; `note` says why 升级")
    SOLVE = strawberry.enum_value("solve", description="`note` is the solution 给出解决方案")
    CLOSE = strawberry.enum_value("close", description="It is over; perhaps with the customer's `rating` 关闭")
    REOPEN = strawberry.enum_value("reopen", description="It is not solved after all; `note` says why 重新打开")
    PUBLISH = strawberry.enum_value("publish", description="Members read `result` and `plan` 公布结果与改进计划")
    NOTE = strawberry.enum_value("note", description="Something is noted inside 内部备注")


@strawberry.enum(description="What is done with a training 培训操作")
class TrainingEvent(Enum):
    HOLD = strawberry.enum_value("hold", description="It was held 已举办")
    CANCEL = strawberry.enum_value("cancel", description="It is not held 取消")


@strawberry.enum(description="Whether somebody was at a training 参加情况")
class TraineeEvent(Enum):
    ATTEND = strawberry.enum_value("attend", description="Was there, perhaps with a `score` 已参加")
    MISS = strawberry.enum_value("miss", description="Was not there 未参加")


@strawberry.enum(description="What is done in a crisis or drill 危机处置操作")
class CrisisEvent(Enum):
    DO = strawberry.enum_value("do", description="A `step` of the plan is done 完成步骤")
    END = strawberry.enum_value("end", description="It is over; `lessons` say what was learned 结束")


@worded("service_standard")
@strawberry.input(description="What a standard of service is to be 服务标准内容")
class ServiceStandardInput:
    name: str
    department: str
    response_minutes: int
    solution_minutes: int
    kind: str | None = None
    severity: Severity | None = None
    operation: str = ""
    quality: str = ""
    around_the_clock: bool = False
    opens: int = 9
    closes: int = 18
    least_rating: int | None = None


@strawberry.input(description="A member of the emergency team 应急小组成员")
class CrisisMember:
    staff_id: strawberry.ID = strawberry.field(description="Who 员工")
    role: str = strawberry.field(description="As what 角色")


@strawberry.input(description="A step of a crisis plan 处置步骤")
class CrisisStep:
    name: str = strawberry.field(description="What is done 步骤")
    role: str = strawberry.field(description="By whom of the team 负责角色")
    minutes: int = strawberry.field(description="Within so many minutes from the start 时限")


@strawberry.input(description="Somebody answers the line from one hour to another 热线值班")
class Shift:
    staff_id: strawberry.ID = strawberry.field(description="Who 员工")
    since: int = strawberry.field(description="From this hour of the day 开始时刻")
    until: int = strawberry.field(description="To this one; past midnight where it is less 结束时刻")


@strawberry.input(description="What a crisis plan is to be 危机预案内容")
class CrisisPlanInput:
    name: str = strawberry.field(description="Name 名称")
    trigger: str = strawberry.field(default="", description="What calls for it 启动条件")
    team: list[CrisisMember] = strawberry.field(default_factory=list, description="The emergency team 应急小组")
    steps: list[CrisisStep] = strawberry.field(default_factory=list, description="What is done 处置流程")
    hotline: str = strawberry.field(default="", description="Number of the 24-hour line 24小时热线")
    roster: list[Shift] = strawberry.field(default_factory=list, description="Who answers it 值班表")


@worded("training")
@strawberry.input(description="What a training is to be 培训内容")
class TrainingInput:
    title: str
    subject: TrainingSubject
    form: TrainingForm
    held_at: datetime
    trainer: str = ""
    content: str = ""
    pass_score: int = 60


@strawberry.type(description="The ticket, or why nothing was changed 反馈处理结果")
class TicketPayload(Payload):
    ticket: Ticket | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="The standard, or why nothing was changed 服务标准修改结果")
class ServiceStandardPayload(Payload):
    standard: ServiceStandard | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="The plan, or why nothing was changed 危机预案修改结果")
class CrisisPlanPayload(Payload):
    plan: CrisisPlan | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="The crisis or drill, or why nothing was changed 危机处置结果")
class CrisisRunPayload(Payload):
    run: CrisisRun | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="The training, or why nothing was changed 培训修改结果")
class TrainingPayload(Payload):
    training: Training | None = strawberry.field(default=None, description="As it now is 当前内容")


@strawberry.type(description="Who is to be at a training, or why nothing was changed 培训参加修改结果")
class TraineePayload(Payload):
    trainee: Trainee | None = strawberry.field(default=None, description="As it now is 当前内容")


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


async def _take(desk: Desk, feedback_id: str, **graded: Any) -> UUID:
    id = filters.uuid(feedback_id, "feedback", "feedback_id")
    return await taking.take(desk, id, **{name: _plain(value) for name, value in graded.items()})


async def _step(desk: Desk, id: str, event: TicketEvent, setting: Setting | None, **said: Any) -> UUID:
    where = str(setting.value) if setting else None
    return await tickets.step(desk, filters.uuid(id, "ticket", "id"), str(event.value), setting=where, **said)


async def _assign(desk: Desk, id: str, department: str | None, owner_id: str | None = UNSET) -> UUID:
    owner = filters.uuid(owner_id, "staff", "owner_id") if owner_id else None
    return await tickets.assign(desk, filters.uuid(id, "ticket", "id"), owner, department, keeps=owner_id is UNSET)


async def _draft_standard(desk: Desk, input: ServiceStandardInput) -> UUID:
    names = ServiceStandardInput.__annotations__
    return await standards.draft(desk, {name: _plain(getattr(input, name)) for name in names})


async def _draft_plan(desk: Desk, input: CrisisPlanInput) -> UUID:
    team = [{"staff": _staff(one.staff_id, "team"), "role": one.role.strip()} for one in input.team]
    steps = [{"name": one.name.strip(), "role": one.role.strip(), "minutes": one.minutes} for one in input.steps]
    roster = [{"staff": _staff(one.staff_id, "roster"), "from": one.since, "to": one.until} for one in input.roster]
    return await crises.draft(desk, input.name, input.trigger, team, steps, input.hotline, roster)


def _staff(id: str, *path: str) -> UUID:
    return filters.uuid(id, "staff", *path)


async def _begin(desk: Desk, plan_id: str, kind: CrisisKind, reason: str) -> UUID:
    return await crises.begin(desk, filters.uuid(plan_id, "crisis_plan", "plan_id"), str(kind.value), reason)


async def _go(desk: Desk, id: str, event: CrisisEvent, step: str, lessons: str) -> UUID:
    run = filters.uuid(id, "crisis_run", "id")
    return await crises.go(desk, run, str(event.value), done=step, lessons=lessons)


async def _plan_training(desk: Desk, input: TrainingInput) -> UUID:
    held_at = given.moment(input.held_at, "held_at")
    if held_at is None:
        raise refuse(Code.REQUIRED, "held_at")
    said = (input.title, str(input.subject.value), str(input.form.value), held_at)
    return await trainings.plan(desk, *said, input.trainer, input.content, input.pass_score)


async def _enrol(desk: Desk, id: str, staff_ids: Sequence[str]) -> UUID:
    return await trainings.enrol(
        desk, filters.uuid(id, "training", "id"), [_staff(one, "staff_ids") for one in staff_ids]
    )


async def _attend(desk: Desk, id: str, event: TraineeEvent, score: int | None) -> UUID:
    return await trainings.note(desk, filters.uuid(id, "trainee", "id"), str(event.value), score)


def _version(noun: str, step: Any) -> Any:
    """What is done with a version of something."""

    async def work(desk: Desk, id: str, event: Enum) -> UUID:
        found: UUID = await step(desk, filters.uuid(id, noun, "id"), str(event.value))
        return found

    return work


def _event(kind: Any) -> Any:
    return argument("event", kind, "What is done 操作")


def _text(name: str, words: str) -> Any:
    return argument(name, str, words, default="")


_GRADES = (
    argument("category", Category | None, "What it is about; left out: by its words 分类", default=None),
    argument(
        "severity", Severity | None, "How grave it is; left out: by kind, priority and tier 严重程度", default=None
    ),
    argument("sentiment", Sentiment | None, "How it is meant; left out: by the customer's ratings 情感", default=None),
    argument(
        "setting", Setting | None, "Where it is answered; left out: what is complex in private 场合", default=None
    ),
)


@strawberry.type
class TicketMutation:
    """What is done about feedback."""

    open_ticket = act(
        TicketPayload, "ticket", "ticket",
        "See to a feedback: graded by rule, with a member of staff and times by the standard in force 受理反馈",
        _take, argument("feedback_id", strawberry.ID, "The feedback 反馈"), *_GRADES,
    )  # fmt: skip
    open_tickets = count(
        "See to all feedback that nobody sees to yet, whatever its channel 受理全部反馈", taking.take_all
    )
    handle_ticket = act(
        TicketPayload, "ticket", "ticket", "Say what was done about a feedback 处理反馈", _step,
        ID, _event(TicketEvent), _text("note", "What was said or done 说明"),
        argument("setting", Setting | None, "Where it was said; left out: where it belongs 场合", default=None),
        argument("rating", int | None, "What the customer says of it, from 1 to 5; to close it 客户评分", default=None),
        _text("result", "What came of it, for members to read 结果"),
        _text("plan", "What will be bettered, for members to read 改进计划"),
    )  # fmt: skip
    assign_ticket = act(
        TicketPayload, "ticket", "ticket", "Give a feedback to somebody, or to another department 指派反馈", _assign,
        ID, argument("owner_id", strawberry.ID | None, "Whose it is to be; null: nobody's 负责人"),
        argument("department", str | None, "Which department's; left out: as it is 部门", default=None),
    )  # fmt: skip
    escalate_tickets = count(
        "Escalate what nobody answered or solved in time, once each 升级超时反馈", overdue.escalate
    )


@strawberry.type
class StandardsMutation:
    """Standards of service, crises and trainings."""

    draft_service_standard = act(
        ServiceStandardPayload, "standard", "service_standard",
        "Draw up the next version of the standard for a step 起草服务标准", _draft_standard,
        argument("input", ServiceStandardInput, "What it is to be 内容"),
    )  # fmt: skip
    handle_service_standard = act(
        ServiceStandardPayload, "standard", "service_standard",
        "Publish a version of a service standard, retire it, or throw a draft away 发布或停用服务标准",
        _version("service_standard", standards.step), ID, _event(VersionEvent),
    )  # fmt: skip
    draft_crisis_plan = act(
        CrisisPlanPayload, "plan", "crisis_plan", "Draw up the next version of a crisis plan 起草危机预案", _draft_plan,
        argument("input", CrisisPlanInput, "What it is to be 内容"),
    )  # fmt: skip
    handle_crisis_plan = act(
        CrisisPlanPayload, "plan", "crisis_plan",
        "Publish a crisis plan once it has a team, steps and a line that is answered in every hour; retire or drop it "
        "发布或停用危机预案",
        _version("crisis_plan", crises.step), ID, _event(VersionEvent),
    )  # fmt: skip
    begin_crisis_run = act(
        CrisisRunPayload, "run", "crisis_run", "Begin a drill, or the handling of a crisis 启动演练或危机处置", _begin,
        argument("plan_id", strawberry.ID, "The plan 预案"), argument("kind", CrisisKind, "Real or a drill 类型"),
        argument("reason", str, "What happened 事由"),
    )  # fmt: skip
    handle_crisis_run = act(
        CrisisRunPayload, "run", "crisis_run", "Do a step of a crisis plan, or end it 推进危机处置", _go,
        ID, _event(CrisisEvent), _text("step", "Name of the step 步骤"), _text("lessons", "What was learned 经验"),
    )  # fmt: skip
    plan_training = act(
        TrainingPayload, "training", "training", "Plan a training of staff 安排培训", _plan_training,
        argument("input", TrainingInput, "What it is to be 内容"),
    )  # fmt: skip
    handle_training = act(
        TrainingPayload, "training", "training", "Say that a training was held, or is not held 更新培训",
        _version("training", trainings.step), ID, _event(TrainingEvent),
    )  # fmt: skip
    enrol_staff = act(
        TrainingPayload, "training", "training", "Enrol staff for a training 报名培训", _enrol,
        ID, argument("staff_ids", list[strawberry.ID], "Who 员工"),
    )  # fmt: skip
    note_trainee = act(
        TraineePayload, "trainee", "trainee", "Say who was at a training, and with what score 记录培训结果", _attend,
        ID, _event(TraineeEvent), argument("score", int | None, "Of 100, where there was a test 分数", default=None),
    )  # fmt: skip
