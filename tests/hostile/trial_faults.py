"""Every fault of an answer, with every command line: status codes, silence, slow and closed connections, redirects."""

import json
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

from evidence_matrix import KEYS
from faults import HTML, KEYS_403, LIMIT_403, MANAGEMENT_403, REGION_403, error, limit_402
from frame import Case, trial
from world import COMMAND_LINES, MEMORIES, World, truth

EVERYWHERE = "everywhere"
IN_A_200 = json.dumps({"error": {"code": 429, "message": "too many", "metadata": {}}})

FAULTS: dict[str, dict[str, Any]] = {
    **{f"{code}": {"status": code, "body": error(code)} for code in (400, 401, 402, 404, 408, 409, 418, 429, 451)},
    **{f"{code}": {"status": code, "body": error(code)} for code in (500, 502, 503, 504, 520, 524, 529, 599)},
    **{f"{code} as a page": {"status": code, "body": HTML} for code in (200, 403, 404, 407, 429, 502, 511, 524)},
    "403 for management": {"status": 403, "body": MANAGEMENT_403},
    "403 for a limit": {"status": 403, "body": LIMIT_403},
    "403 for a region": {"status": 403, "body": REGION_403},
    "403 for keys": {"status": 403, "body": KEYS_403},
    "402 for a budget": {"status": 402, "body": limit_402("openrouter_in_flight_budget")},
    "429 in a 200": {"body": IN_A_200},
    "a redirect": {"status": 302, "headers": (("Location", "http://127.0.0.1:9/stolen"),)},
    "a redirect to itself": {"status": 307, "headers": (("Location", "/api/v1/key"),)},
    "an endless wait": {"status": 429, "body": error(429), "headers": (("Retry-After", "99999999999"),)},
    "a wait that is no number": {"status": 503, "body": error(503), "headers": (("Retry-After", "soon\u00b2"),)},
    "204": {"status": 204},
    "empty": {"body": ""},
    "no JSON": {"body": "sk-or-words of the server"},
    **{how: {"how": how} for how in ("cut", "reset", "silence", "drip")},
    "once reset": {"how": "reset", "times": 1},
    "once 500": {"status": 500, "body": error(500), "times": 1},
}
"""What happens to an answer, as options of `FakeOpenRouter.fault`."""


@trial(count=150, about=f"every fault with every command line; all pairs are {len(FAULTS) * len(COMMAND_LINES)} cases")
def faults(chance: Random) -> Iterator[Case]:
    """Yields each pair once, in any order; then anew, with other endpoints, keys and memories."""
    pairs = [(name, line) for name in FAULTS for line in COMMAND_LINES]
    while True:
        for name, line in chance.sample(pairs, len(pairs)):
            keys, memory = chance.choice(("both", "both", *KEYS)), chance.choice(MEMORIES)
            prepare = partial(_break, name=name, where=chance.random(), truth_of=(line, keys))
            yield Case(line, prepare, told=name, keys=keys, memory=memory)


def _break(world: World, name: str, where: float, truth_of: Any) -> None:
    """Puts the fault at one of the endpoints that the command line asks, or, one time in three, at all of them."""
    places = (*truth(*truth_of).asked, EVERYWHERE)
    place = EVERYWHERE if where < 0.33 else Random(where).choice(places)  # noqa: S311 (it keeps no secret)
    world.done.append(f"at {place}")
    if place == EVERYWHERE:
        world.fake.fault_everywhere(**FAULTS[name])
    else:
        world.fake.fault(place, **FAULTS[name])
