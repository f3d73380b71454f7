"""Answers `logout`: takes keys out of where `login` puts them."""

import keychain
import keyfile
import places
import stores
from output import Output
from places import MANAGEMENT, REGULAR
from session import Session


def run(session: Session) -> Output:
    """The management key alone, or both. Raises BadUsage."""
    args = session.args
    stores.check(args)
    where = stores.source(args, places.here(args.profile))
    names = MANAGEMENT if args.management else (*REGULAR, *MANAGEMENT)
    if args.file:
        taken = keyfile.forget(where.path, names)
    else:
        taken = keychain.forget(args.profile, names, (*REGULAR, *MANAGEMENT))
    return stores.done(session, where, taken)
