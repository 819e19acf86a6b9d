"""Clocks never run backwards."""

import pytest

from flowgauge.reference.world.clock import VirtualClock, steady_clock


def test_a_virtual_clock_moves_when_it_is_told_to() -> None:
    clock = VirtualClock(10.0)
    assert clock() == clock() == 10.0
    clock.advance(2.5)
    assert clock() == 12.5
    clock.advance_to(20.0)
    assert clock() == 20.0
    clock.advance_to(5.0)
    assert clock() == 20.0


def test_a_virtual_clock_can_tell_readings_apart() -> None:
    clock = VirtualClock(0.0, tick=0.5)
    assert [clock() for _ in range(3)] == [0.5, 1.0, 1.5]


def test_a_virtual_clock_does_not_go_back() -> None:
    with pytest.raises(ValueError, match="backwards"):
        VirtualClock(0.0).advance(-1e-9)


def test_the_steady_clock_tells_the_time_and_does_not_go_back() -> None:
    clock = steady_clock()
    readings = [clock() for _ in range(100)]
    assert readings == sorted(readings)
    assert readings[0] > 1_700_000_000
