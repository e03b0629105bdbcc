"""A code is a function of its period and its lock, and of nothing else."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from locksim.codelocks.durations import DURATIONS, KL1060, KL1060C2, KL1060G3, MODELS, Duration
from locksim.codelocks.netcode import _key, _permute, code_of, period_at
from locksim.codelocks.seed import BIKE_SHED, FRONT_GATE, LINEN_ROOM, MAIN_DOOR
from locksim.engine.timestamps import DAY, HOUR, parse_iso
from tests.codelocks.caller import Caller

FIRST = parse_iso("2000-01-01T00:00:00Z")
LENGTHS = {"KL1060": 6, "KL1060C2": 7, "KL1060G3": 7, "KL1550": 6, "K3CONNECT": 6}
locks = st.tuples(
    st.sampled_from(MODELS), st.from_regex("[0-9]{12}", fullmatch=True), st.from_regex("[0-9]{6}", fullmatch=True)
)


@st.composite
def periods(draw: st.DrawFn) -> tuple[Duration, int]:
    """A duration, and a start on its step in this century."""
    duration = draw(st.sampled_from(DURATIONS))
    days = draw(st.integers(0, 36_000))
    return duration, FIRST + days * DAY + (0 if duration.days else draw(st.integers(0, 23)) * HOUR)


@pytest.mark.rule("CL-R60")
@given(locks, periods(), st.sampled_from([0, 1, 59_999_999, 60_000_000]))
def test_a_code_is_read_back_within_its_period_and_not_outside(
    lock: tuple[str, str, str], period: tuple[Duration, int], margin: int
) -> None:
    duration, start = period
    assume(lock[0] in duration.models)
    code, end = code_of(*lock, duration, start), start + duration.length
    for now in (start, start + margin, (start + end) // 2, end - 1 - margin):
        assert period_at(*lock, code, now) == (duration, start)
    for now in (start - 1 - margin, end + margin):
        assert period_at(*lock, code, now) is None


@pytest.mark.rule("CL-R34")
@given(locks, periods(), periods())
def test_two_periods_within_nine_years_have_two_codes(
    lock: tuple[str, str, str], one: tuple[Duration, int], other: tuple[Duration, int]
) -> None:
    other = other[0], one[1] // DAY * DAY + other[1] % (9 * 365 * DAY)
    assume(one != other)
    assert code_of(*lock, *one) != code_of(*lock, *other)


@pytest.mark.rule("CL-R34")
@given(locks, periods(), st.integers(0, 2), st.sampled_from("0123456789"))
def test_another_lock_has_other_codes(
    lock: tuple[str, str, str], period: tuple[Duration, int], part: int, digit: str
) -> None:
    other = list(lock)
    other[part] = MODELS[MODELS.index(lock[0]) - 1] if part == 0 else digit + lock[part][1:]
    assume(tuple(other) != lock and {lock[0], other[0]} != {KL1060C2, KL1060G3})
    duration, start = period
    codes = [code_of(*lock, duration, start + n * duration.step) for n in range(3)]
    others = [code_of(other[0], other[1], other[2], duration, start + n * duration.step) for n in range(3)]
    assert codes != others


@pytest.mark.rule("CL-R144")
@given(locks, periods())
def test_a_kl1060c2_and_a_kl1060g3_have_the_same_codes(
    lock: tuple[str, str, str], period: tuple[Duration, int]
) -> None:
    code = code_of(KL1060C2, lock[1], lock[2], *period)
    assume(KL1060C2 in period[0].models)
    assert code == code_of(KL1060G3, lock[1], lock[2], *period)
    assert period_at(KL1060G3, lock[1], lock[2], code, period[1]) == period


@pytest.mark.rule("CL-R35")
@pytest.mark.rule("CL-R36")
@given(locks, periods())
def test_codes_have_as_many_digits_as_the_model(lock: tuple[str, str, str], period: tuple[Duration, int]) -> None:
    code = code_of(*lock, *period)
    assert code.isdecimal()
    assert len(code) == (12 if period[0].id == 37 else LENGTHS[lock[0]])


@pytest.mark.rule("CL-R35")
def test_one_code_in_ten_starts_with_zero(api: Caller) -> None:
    codes = [api.code(FRONT_GATE, f"2026-01-{day:02} {hour:02}:00") for day in range(1, 6) for hour in range(24)]
    zeros = [code for code in codes if code.startswith("0")]
    assert 4 <= len(zeros) <= 25
    assert all(len(code) == 6 for code in codes)


@pytest.mark.rule("CL-R32")
def test_a_code_is_the_same_in_every_world_and_at_any_time() -> None:
    one, other = Caller(seed=1), Caller(seed=2, start="2031-07-01T12:34:56Z")
    for lock, duration in ((FRONT_GATE, 0), (BIKE_SHED, 12), (LINEN_ROOM, 37), (MAIN_DOOR, 5)):
        before = one.code(lock, "2026-06-01 00:00", duration)
        one.site.clock.advance(400 * 86_400)
        assert one.code(lock, "2026-06-01 00:00", duration) == other.code(lock, "2026-06-01 00:00", duration) == before


@pytest.mark.rule("CL-R32")
def test_a_code_is_the_same_in_another_process() -> None:
    program = (
        "from locksim.codelocks.netcode import code_of; from locksim.codelocks.durations import DURATIONS; "
        "print(code_of('KL1060', '202011161623', '451254', DURATIONS[4], 1_601_568_000_000_000))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == code_of(KL1060, "202011161623", "451254", DURATIONS[4], 1_601_568_000_000_000)


@given(locks, st.text("0123456789abc٣ -", max_size=13), st.integers(0, 10**16))
def test_text_that_is_not_a_code_has_no_period(lock: tuple[str, str, str], typed: str, now: int) -> None:
    assume(not (typed.isascii() and typed.isdecimal() and len(typed) in (6, 7, 12)))
    assert period_at(*lock, typed, now) is None


def test_digits_without_a_period_never_open() -> None:
    """A million codes are 3389 days of 295 periods each, with 245 codes left over."""
    lock = (KL1060, "202011161623", "451254")
    left_over = [f"{_permute(_key(*lock), 6, number):06d}" for number in range(3389 * 295, 10**6)]
    days = [day * DAY + hour * HOUR for day in (3388, 3389, 3390, 5 * 3389) for hour in (0, 12, 23)]
    assert not [code for code in left_over for now in days if period_at(*lock, code, now)]
    assert period_at(*lock, f"{_permute(_key(*lock), 6, 3389 * 295 - 1):06d}", 3388 * DAY) is not None


@pytest.mark.rule("CL-R82")
@pytest.mark.parametrize("model", MODELS)
def test_only_three_models_open_for_a_rental_code(model: str) -> None:
    code = code_of(model, "202011161623", "451254", DURATIONS[-1], FIRST)
    assert (period_at(model, "202011161623", "451254", code, FIRST) is not None) is model.startswith("KL1060")


def test_a_code_does_not_fit_a_model_with_another_number_of_digits() -> None:
    code = code_of(KL1060, "202011161623", "451254", DURATIONS[0], FIRST)
    assert period_at(KL1060C2, "202011161623", "451254", code, FIRST) is None
