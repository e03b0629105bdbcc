"""The story of a breach."""

from __future__ import annotations

from dataclasses import dataclass

from lockpact.core.secrets import mask
from lockpact.core.step import EnvironmentEvent
from lockpact.core.traffic import Traffic
from lockpact.core.verdict import Breach
from lockpact.report.story import format_value, render_story
from tests.lockpact.toys import SECOND, ToyError, answers_even_numbers, asks_at_most_twice, exchange, step

STORY = """\
TOY-EVEN is broken: answers even numbers
  The manual, the manual, page 1

   1. +0.0 s  the client is created; it knows token
      +0.0 s  scheduled for +2.0 s: press_button()
   2. +0.0 s  count(of='locks')
        +0.0 s  GET /count?token=••• … no answer in 2.5 s, the client gave up
        +2.0 s  press_button()
        +3.0 s  GET /count … the connection was reset
        +3.0 s  GET /count … 200, cut off after 3 bytes
        +3.0 s  GET /count … 200 after 1.5 s three
      → 3

  3 is odd, ••• knows

  reproduce: lockpact check toy
"""


def test_a_story_has_steps_events_exchanges_and_results() -> None:
    made = step("made", arguments={"knows": ["token"]})
    counted = step(
        number=2,
        arguments={"of": "locks"},
        result=3,
        ended=round(4.5 * SECOND),
        events_before=[EnvironmentEvent(0, "scheduled for +2.0 s: press_button()")],
        events=[EnvironmentEvent(2 * SECOND, "press_button()")],
        traffic=[
            exchange("/count?token=s3cret", took=2.5, status=None, broken="timeout"),
            exchange(at=3, status=None, broken="reset"),
            exchange(at=3, broken="cut", answer=b"thr"),
            exchange(at=3, took=1.5, answer=b"three"),
        ],
    )
    breach = Breach(answers_even_numbers, "3 is odd, s3cret knows", [made, counted], counted.traffic)
    assert render_story(breach, "The manual", ["s3cret"], "lockpact check toy") == STORY


def test_an_error_is_shown_with_its_type_and_text() -> None:
    breach = Breach(answers_even_numbers, "…", [step(error=ToyError("no luck"))], Traffic())
    assert "      → ToyError: no luck\n" in render_story(breach, "The manual")


def test_the_story_of_a_law_of_conduct_is_its_traffic() -> None:
    traffic = Traffic([exchange(at=1), exchange("/other", at=2)])
    output = render_story(Breach(asks_at_most_twice, "…", (), traffic), "The manual")
    assert "   1. +0.0 s  GET /count … 200\n   2. +1.0 s  GET /other … 200\n" in output


def test_a_story_shows_the_last_steps_of_a_long_run() -> None:
    output = render_story(
        Breach(answers_even_numbers, "…", [step(number=n) for n in range(1, 41)], Traffic()), "The manual"
    )
    assert "… 15 steps before\n  16. " in output
    assert "  40. " in output


def test_the_longest_secret_is_masked_first() -> None:
    assert mask("abcdef abc", ["abc", "abcdef", ""]) == "••• •••"


def test_the_body_of_a_request_is_shown_and_masked() -> None:
    asked = exchange("/open", method="POST", body=b'{"key": "s3cret"}')
    output = render_story(Breach(asks_at_most_twice, "", (), Traffic([asked])), "The manual", ["s3cret"])
    assert 'POST /open {"key": "•••"} … 200' in output


def test_a_secret_that_would_be_cut_off_is_masked() -> None:
    answer = b"x" * 195 + b"s3cret-token"
    output = render_story(
        Breach(asks_at_most_twice, "…", (), Traffic([exchange(answer=answer)])), "The manual", ["s3cret-token"]
    )
    assert "s3cret"[:5] not in output


def test_a_long_argument_is_cut() -> None:
    output = render_story(
        Breach(answers_even_numbers, "…", [step(arguments={"of": "y" * 500})], Traffic()), "The manual"
    )
    assert "y" * 200 in output
    assert "y" * 201 not in output


@dataclass
class Plain:
    number: int


@dataclass(repr=False)
class Telling:
    number: int

    def __repr__(self) -> str:
        return f"number {self.number}"


def test_a_dataclass_is_shown_by_its_fields_or_by_its_own_repr() -> None:
    assert format_value([Plain(1), Telling(2)]) == "[Plain(number=1), number 2]"


def test_events_and_exchanges_of_the_same_time_are_in_order() -> None:
    happened = [EnvironmentEvent(0, "the lock is woken"), EnvironmentEvent(0, "the lock is told", after_exchanges=1)]
    one = step(events=happened, traffic=[exchange("/unlock"), exchange("/upload")])
    output = render_story(Breach(answers_even_numbers, "", [one], one.traffic), "The manual")
    order = ["the lock is woken", "GET /unlock", "the lock is told", "GET /upload"]
    assert [output.index(what) for what in order] == sorted(output.index(what) for what in order)
