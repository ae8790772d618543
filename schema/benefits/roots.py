"""The roots of benefits: one by its id, pages of all. What is worked out of them stands in figures.py."""

import strawberry

from schema.benefits.figures import BenefitFigures
from schema.lists import listed
from schema.paging import Key
from schema.single import single


@strawberry.type
class BenefitRoots(BenefitFigures):
    """Benefits, claims, days and incentive rules."""

    benefit = single("Benefit", "A benefit 福利")
    benefits = listed("Benefit", usual=(Key("name"),), words="Benefits 福利列表")
    benefit_claim = single("BenefitClaim", "A claim of a benefit 福利领取")
    benefit_claims = listed(
        "BenefitClaim",
        usual=(Key("claimed_at", descending=True),),
        words="Claims of benefits, the newest first 福利领取列表",
    )
    benefit_days = listed("BenefitDay", usual=(Key("day"),), words="The calendar of benefits 福利日历")
    incentive = single("Incentive", "A version of an incentive rule 激励规则")
    incentives = listed(
        "Incentive",
        usual=(Key("name"), Key("version", descending=True)),
        words="Incentive rules in their versions; those that are published are for members to read 激励规则列表",
    )
