"""How often each host is asked, over all processes that ask it: one item of the table for each host.

Every request takes a slot, spaced as the rate says (GCRA, the leaky bucket as one number); a refused request makes
the host rest for everybody. What costs money is counted before it is asked for, for each day in UTC. Updates are
conditional: whoever comes second counts anew.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ..errors import Conflict, HostResting, RetriableError
from ..table import Item, Table

_DAY: Final = 86_400
_KEPT: Final = 7 * _DAY
_ROUNDS: Final = 50
_FIRST_REST: Final = 60.0
_LONGEST_REST: Final = 3600.0
_FRESH: Final = {"free": 0.0, "until": 0.0, "rest": 0.0, "day": 0, "spent": 0}


@dataclass(frozen=True)
class Rate:
    """Requests per second that a host is asked at most, and how many may come at once after a pause."""

    per_second: float
    burst: int = 1


class Budget:
    """The requests that may be made; safe for threads, processes and Lambdas at once."""

    def __init__(self, table: Table, clock: Callable[[], float]) -> None:
        self._table = table
        self._clock = clock
        self._known: dict[str, Item] = {}
        self._lock = threading.Lock()

    def take(self, host: str, rate: Rate, patience: float) -> float:
        """Takes the next slot of `host` and returns the seconds until it comes.

        Raises HostResting, and takes nothing, if that is more than `patience` seconds.
        """

        def slot(state: dict[str, float], now: float) -> tuple[float, dict[str, float]]:
            begins = max(state["free"], state["until"], now - (rate.burst - 1) / rate.per_second)
            if begins - now > patience:
                raise HostResting(host, begins)
            return max(0.0, begins - now), {**state, "free": begins + 1 / rate.per_second}

        return self._change(host, slot)

    def rest(self, host: str, until: float | None = None) -> float:
        """Leaves `host` alone until `until` (unix seconds); returns the moment until which it is left alone.

        Where the host did not say (None), for a minute, and twice as long each time that it refuses again soon.
        """

        def longer(state: dict[str, float], now: float) -> tuple[float, dict[str, float]]:
            rest, end = state["rest"], until
            if end is None:
                refused_again = now < state["until"] + rest
                rest = min(_LONGEST_REST, 2 * rest) if refused_again else _FIRST_REST
                end = now + rest
            end = max(end, state["until"])
            return end, {**state, "until": end, "rest": rest}

        return self._change(host, longer)

    def spend(self, host: str, price: int, allowance: int) -> int:
        """Counts `price` (millionths of a dollar) as spent at `host` today; returns the day that it is counted on.

        Raises HostResting until the next day begins (UTC), and counts nothing, if it would be more than `allowance`.
        """

        def more(state: dict[str, float], now: float) -> tuple[float, dict[str, float]]:
            day = max(now // _DAY, state["day"])  # a clock that is behind does not begin a day anew
            spent = price + (state["spent"] if day == state["day"] else 0)
            if spent > allowance:
                raise HostResting(host, (day + 1) * _DAY)
            return day, {**state, "day": day, "spent": spent}

        return int(self._change(host, more))

    def give_back(self, host: str, unspent: int, day: int) -> None:
        """Takes back what was counted as spent on `day` and was not; nothing, once the day is over."""

        def less(state: dict[str, float], now: float) -> tuple[float, dict[str, float]]:
            return 0.0, {**state, "spent": state["spent"] - (unspent if day == state["day"] else 0)}

        self._change(host, less)

    def _change(self, host: str, change: Callable[[dict[str, float], float], tuple[float, dict[str, float]]]) -> float:
        with self._lock:
            for _ in range(_ROUNDS):
                key = (f"host#{host}", "budget")
                item = self._known.get(host) or self._table.get(*key)
                now = self._clock()
                state = {**_FRESH, **(item.doc if item else {})}
                try:
                    result, changed = change(state, now)
                    version = item.version + 1 if item else 1
                    new = Item(*key, changed, version, int(now) + _KEPT)
                    self._table.replace(new, expected=item.version if item else None)
                except (Conflict, HostResting) as error:
                    if self._known.pop(host, None) is None and isinstance(error, HostResting):
                        raise
                    continue  # somebody else was first, or may have changed what we remember
                self._known[host] = new
                return result
        raise RetriableError(f"the budget of {host} is changed by too many at once")
