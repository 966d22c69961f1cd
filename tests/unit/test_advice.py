"""What would raise a score: only what follows from what is known of the person."""

from typing import Any

from renown.web.advice import advice
from tests.integration.runs_made import card, ties

TOPIC = {"topic": "tea", "name": "Tea", "voice": "legitimate", "common": False}


def topics(**more: Any) -> dict[str, Any]:
    return {"claims": [], "improve": [], "untried": [], **more}


def test_whoever_has_no_score_is_told_how_many_people_are_missing() -> None:
    assert [each.text for each in advice(card("@ada", None), None, None)] == [
        "2 more people who react: then there is a score."
    ]


def test_unanswered_people_come_first_and_the_price_of_ten_points_last() -> None:
    said = [each.text for each in advice(card("@ada", 40.0), topics(), ties("@ada"))]
    assert said[0].startswith("Answer some of the 1 person who keeps reacting and has never heard back")
    assert said[-1].startswith("Ten points more would take about 42 people who had not reacted before")


def test_topics_are_named_only_where_they_are_one_s_own() -> None:
    common = {**TOPIC, "topic": "beer", "common": True}
    on = topics(claims=[TOPIC, common], untried=[{"topic": "chess", "name": "Chess"}])
    found = {each.text.partition(" ")[0]: each.topics for each in advice(card("@ada", 40.0), on, None)}
    assert found == {"Write": (("tea", "Tea"),), "What": (("chess", "Chess"),), "Ten": ()}
