"""Answers `logout`: takes keys out of where `login` puts them."""

from openrouter_usage.commands.login import stores
from openrouter_usage.keys import env_file, keychain, sources
from openrouter_usage.keys.sources import MANAGEMENT, REGULAR
from openrouter_usage.session.output import Output
from openrouter_usage.session.session import Session


def run(session: Session) -> Output:
    """The management key alone, or both. Raises BadUsage."""
    args = session.args
    stores.check(args)
    where = stores.source(args, sources.here(args.profile))
    names = MANAGEMENT if args.management else (*REGULAR, *MANAGEMENT)
    if args.file:
        taken = env_file.forget(where.path, names)
    else:
        taken = keychain.forget(args.profile, names, (*REGULAR, *MANAGEMENT))
    return stores.done(session, where, taken)
