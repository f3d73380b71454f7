#!/usr/bin/env python3
"""Starts a fake OpenRouter in one of the situations of the evals, for an agent to be asked in.

    python3 tests/evals/serve.py both > environment

What it prints is for the shell that the agent's commands run in (`. ./environment`): a home with the key files of
that situation, which lead to the fake. The account is that of `--demo`, moved to the present. It serves on loopback
until it is stopped.
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Callable, NamedTuple, Optional

ROOT = Path(__file__).resolve().parent.parent.parent
STATS = ROOT / "scripts" / "stats.py"
sys.path[:0] = [str(ROOT / "tests" / "openrouter"), str(ROOT / "scripts")]
sys.dont_write_bytecode = True

import sample
from fake_openrouter import Account, Event, FakeKey, FakeOpenRouter
from faults import KEYS_403, error

REGULAR = {"OPENROUTER_API_KEY": "agent"}
MANAGEMENT = {"OPENROUTER_MGMT_KEY": "admin"}
BOTH = {**REGULAR, **MANAGEMENT}
HOURS_AGO = timedelta(hours=3)
"""How old the last answers are where nobody answers any more."""

CLEAN = r"unset XDG_CONFIG_HOME XDG_CACHE_HOME XDG_STATE_HOME $(env | sed -n 's/^\(OPENROUTER_[A-Z_]*\)=.*/\1/p')"
"""What a shell forgets first: settings of its user."""

Change = Callable[[FakeOpenRouter], None]


class Situation(NamedTuple):
    """`keys` are the names of the fake's keys by variable, `work` those of a second profile."""

    about: str
    keys: dict[str, str]
    change: Optional[Change] = None
    work: Optional[dict[str, str]] = None
    is_remembered: bool = False


def account(fake: FakeOpenRouter) -> Account:
    return fake.accounts[0]


def used(fake: FakeOpenRouter) -> float:
    return float(sum(one.usd for one in account(fake).events))


def balance_is_not_told(fake: FakeOpenRouter) -> None:
    account(fake).credits_for_regular = "403"


def key_is_refused(fake: FakeOpenRouter) -> None:
    account(fake).key("agent").deleted = True


def limit_is_spent(fake: FakeOpenRouter) -> None:
    account(fake).key("agent").limit_remaining = -0.42


def is_in_debt(fake: FakeOpenRouter) -> None:
    """Nothing was used today: calls fail."""
    account(fake).events = [one for one in account(fake).events if one.at.date() < fake.now.date()]
    account(fake).purchased = used(fake) - 3.2


def nothing_was_bought(fake: FakeOpenRouter) -> None:
    account(fake).purchased = 0


def only_free_models(fake: FakeOpenRouter) -> None:
    """A key with a limit of $0, in an account that bought nothing."""
    free = [replace(one, key="agent") for one in account(fake).events if one.model.endswith(":free")]
    account(fake).events, account(fake).purchased = free, 0
    key = account(fake).key("agent")
    key.limit, key.limit_remaining, key.limit_reset, key.expires_at = 0, 0, None, None


def is_new(fake: FakeOpenRouter) -> None:
    account(fake).events, account(fake).purchased, account(fake).free_requests = [], 10, (0, 50)
    key = account(fake).key("agent")
    key.limit, key.limit_remaining, key.limit_reset, key.expires_at = None, None, None, None


def credits_fail(fake: FakeOpenRouter) -> None:
    fake.fault("/credits", status=503, body=error(503, "Service temporarily unavailable"))


def keys_are_forbidden(fake: FakeOpenRouter) -> None:
    fake.fault("/keys", status=403, body=KEYS_403)


def breakdown_is_incomplete(fake: FakeOpenRouter) -> None:
    fake.source("/activity", "one vendor missing")


def nobody_answers(fake: FakeOpenRouter) -> None:
    fake.fault_everywhere(how="reset")


SITUATIONS = {
    "both": Situation("a regular key and a management key of one account", BOTH),
    "regular": Situation("a regular key alone", REGULAR),
    "regular-no-balance": Situation("a regular key alone, which the balance is not told", REGULAR, balance_is_not_told),
    "management": Situation("a management key alone", MANAGEMENT),
    "management-as-regular": Situation("a management key in OPENROUTER_API_KEY", {"OPENROUTER_API_KEY": "admin"}),
    "none": Situation("no key", {}),
    "refused": Situation("a regular key that was deleted", REGULAR, key_is_refused),
    "two-accounts": Situation("keys of two accounts", {**REGULAR, "OPENROUTER_MGMT_KEY": "cabin admin"}),
    "profiles": Situation(
        "a second account as profile `work`",
        BOTH,
        work={"OPENROUTER_API_KEY": "cabin", "OPENROUTER_MGMT_KEY": "cabin admin"},
    ),
    "remembered": Situation("both keys, nobody answers since three hours", BOTH, nobody_answers, is_remembered=True),
    "unreachable": Situation("both keys, nobody ever answered", BOTH, nobody_answers),
    "balance-fails": Situation("both keys, the credits cannot be asked for", BOTH, credits_fail),
    "keys-forbidden": Situation("both keys, the list of keys is forbidden", BOTH, keys_are_forbidden),
    "incomplete": Situation("both keys, a vendor is missing in /activity", BOTH, breakdown_is_incomplete),
    "limit-spent": Situation("a regular key alone, whose limit is spent", REGULAR, limit_is_spent),
    "free": Situation("a regular key alone with a limit of $0, which uses free models", REGULAR, only_free_models),
    "debt": Situation("both keys, more used than was bought", BOTH, is_in_debt),
    "granted": Situation("both keys, nothing was bought and calls are paid by a grant", BOTH, nothing_was_bought),
    "new": Situation("both keys, nothing was used yet", BOTH, is_new),
}


def cabin(now: datetime) -> Account:
    """Another account, which spends $2.00 a day."""
    days = [now - timedelta(days=ago) for ago in range(40)]
    events = [Event(day, "cabin", "openai/gpt-5.1", "OpenAI", Decimal(2), requests=80) for day in days]
    keys = [FakeKey("cabin"), FakeKey("cabin admin", management=True)]
    return Account(keys, events, purchased=100, organization="org-two", creator="user-two")


@contextmanager
def serving(situation: Situation, now: datetime, home: Path) -> Iterator[tuple[FakeOpenRouter, dict[str, str]]]:
    """Yields the fake in that situation, and the environment that leads there."""
    last = now - HOURS_AGO if situation.is_remembered else now
    fake = FakeOpenRouter(sample.sample(last), cabin(last), now=last)
    fake.models = sample.models(last)
    with fake.serving():
        environment = settle(situation, fake, home)
        if situation.is_remembered:
            remember(fake, environment)
        if situation.change:
            situation.change(fake)
        fake.now = now
        yield fake, environment


def settle(situation: Situation, fake: FakeOpenRouter, home: Path) -> dict[str, str]:
    """Writes the key files into a home; returns the environment of a program that is to find them."""
    folder = home / ".config" / "openrouter-usage"
    folder.mkdir(parents=True)
    texts = {key.name: key.text for one in fake.accounts for key in one.keys}
    for name, keys in (("credentials.env", situation.keys), ("credentials.work.env", situation.work)):
        if keys:
            lines = {"OPENROUTER_API_URL": fake.address, **{variable: texts[key] for variable, key in keys.items()}}
            (folder / name).write_text("".join(f"{variable}={value}\n" for variable, value in lines.items()))
            (folder / name).chmod(0o600)
    return {"HOME": str(home), "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring", "NO_PROXY": "127.0.0.1"}


def remember(fake: FakeOpenRouter, environment: dict[str, str]) -> None:
    """Asks what the commands ask, so that it is known when nobody answers any more."""
    for arguments in ([], ["report"], ["report", "--by", "key"], ["why"], ["forecast"], ["check", "--announce"]):
        command = [sys.executable, str(STATS), *arguments, "--now", fake.now.isoformat()]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)


def clock() -> datetime:
    return datetime.now(timezone.utc)


def main() -> None:
    listed = "\n".join(f"  {name:22} {situation.about}" for name, situation in SITUATIONS.items())
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=f"situations:\n{listed}", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("situation", choices=SITUATIONS, metavar="SITUATION")
    parser.add_argument(
        "--now", type=datetime.fromisoformat, help="a fixed instant, for programs that are told it, too"
    )
    args = parser.parse_args()
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda *_: sys.exit())
    situation, now = SITUATIONS[args.situation], args.now or clock()
    home = tempfile.TemporaryDirectory(prefix="openrouter-usage-eval-")
    with home as folder, serving(situation, now, Path(folder)) as (fake, environment):
        print(CLEAN, *(f"export {name}='{value}'" for name, value in environment.items()), sep="\n", flush=True)
        while True:
            fake.now = args.now or clock()
            time.sleep(1)


if __name__ == "__main__":
    main()
