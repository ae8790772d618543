"""The roots of service: one by its id, pages of all. What is worked out of them stands in figures.py."""

import strawberry

from schema.lists import listed
from schema.paging import Key
from schema.service.figures import ServiceFigures
from schema.single import single

NEWEST = (Key("name"), Key("version", descending=True))


@strawberry.type
class ServiceRoots(ServiceFigures):
    """Tickets, standards, crises and trainings."""

    ticket = single("Ticket", "What becomes of a feedback 反馈处理单")
    tickets = listed("Ticket", usual=(Key("solve_by"),), words="Tickets, the most urgent first 反馈处理单列表")
    ticket_steps = listed(
        "TicketStep", usual=(Key("at", descending=True),), words="What was done about tickets 处理记录列表"
    )
    service_standard = single("ServiceStandard", "A version of a service standard 服务标准")
    service_standards = listed("ServiceStandard", usual=NEWEST, words="Service standards in versions 服务标准列表")
    crisis_plan = single("CrisisPlan", "A version of a crisis plan 危机预案")
    crisis_plans = listed("CrisisPlan", usual=NEWEST, words="Crisis plans in versions 危机预案列表")
    crisis_run = single("CrisisRun", "A crisis or a drill 危机处置与演练")
    crisis_runs = listed(
        "CrisisRun",
        usual=(Key("started_at", descending=True),),
        words="Crises and drills, the newest first 危机与演练列表",
    )
    training = single("Training", "A training 培训")
    trainings = listed("Training", usual=(Key("held_at", descending=True),), words="Trainings 培训列表")
    trainees = listed("Trainee", words="Who is to be at trainings 培训参加记录列表")
