"""The roots of surveys: one by its id, pages of all. What is worked out of answers stands in figures.py."""

import strawberry

from schema.lists import listed
from schema.paging import Key
from schema.single import single
from schema.surveys.figures import SurveyFigures


@strawberry.type
class SurveyRoots(SurveyFigures):
    """Surveys, waves and invitations."""

    survey = single("Survey", "A survey 满意度调查")
    surveys = listed("Survey", usual=(Key("name"),), words="Surveys 满意度调查列表")
    survey_wave = single("SurveyWave", "One time that a survey was held 调查批次")
    survey_waves = listed("SurveyWave", usual=(Key("opened_at", descending=True),), words="Waves 调查批次列表")
    survey_invitation = single("SurveyInvitation", "A customer who is asked 调查邀请")
    survey_invitations = listed("SurveyInvitation", words="Who is asked, and what they said 调查邀请列表")
    survey_answer = single("SurveyAnswer", "An answer by a number 调查评分")
    survey_answers = listed(
        "SurveyAnswer", usual=(Key("answered_at", descending=True),), words="Answers by a number 调查评分列表"
    )
