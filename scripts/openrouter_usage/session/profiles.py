"""The profiles' keys, and one answer per profile: a failure of one costs no other its answer."""

from argparse import Namespace
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Callable, NamedTuple, Optional, Union

from openrouter_usage.cache import found_keys
from openrouter_usage.cache.cache import Cache
from openrouter_usage.errors import Failure, KeychainTrouble, KeyCommandTrouble, KeyTrouble
from openrouter_usage.fetch.asker import Asker, unknown
from openrouter_usage.keys import sources
from openrouter_usage.keys.secrets import Secrets
from openrouter_usage.records import Keys, T
from openrouter_usage.session.output import Output, explained
from openrouter_usage.text import style

if TYPE_CHECKING:
    from openrouter_usage.session.session import Session


class Profile(NamedTuple):
    """A profile's keys, and the asker that asks with them. `name` is None where profiles are not told apart."""

    name: Optional[str]
    keys: Keys
    asker: Asker


class ProfileSearch:
    """Finds the keys of the profiles that a command is for.

    `uses_cached_keys`: the keys of the last search will do until one of them is sent. With
    `skips_keychain` the keychain is not read, so the result is not cached. `no_commands` is why no command
    that prints a key is run, None where they are. `troubles` are those of profiles without a key that can be
    used, `remarks` are for standard error.
    """

    def __init__(
        self,
        args: Namespace,
        cache: Optional[Cache],
        secrets: Secrets,
        time_left: Callable[[], float],
        uses_cached_keys: bool,
        skips_keychain: bool,
        no_commands: Optional[KeyCommandTrouble],
    ) -> None:
        self._args = args
        self._cache = cache
        self._secrets = secrets
        self._time_left = time_left
        self._uses_cached_keys = uses_cached_keys
        self._skips_keychain = skips_keychain
        self._no_commands = no_commands
        self.troubles: list[KeyTrouble] = []
        self.remarks: list[str] = []

    def keys(self) -> list[tuple[Optional[str], Keys]]:
        """The name and the keys of each profile. Raises a KeyTrouble where there is no key at all."""
        args = self._args
        is_of_all = args.all_profiles or (args.policy.examines_keys and not args.profile)
        names = self.names if is_of_all else ()
        if not (args.all_profiles or names):
            return [(args.profile, self._of(args.profile))]
        if not all(self._last_found(self._place(name)) for name in (None, *names)):
            self._uses_cached_keys = False  # one key that two profiles have must look the same
        found: list[tuple[Optional[str], Keys]] = [(name, self._of_or_trouble(name)) for name in names]
        try:
            return [(sources.DEFAULT, self._of(None)), *found]
        except KeyTrouble:
            if not found:
                raise
            return found

    def _of(self, profile: Optional[str]) -> Keys:
        """The keys of the profile of that name; None: of no profile. Raises a KeyTrouble where there are none.

        A command that examines keys goes on without any, and remarks on it.
        """
        place = self._place(profile)
        try:
            cached = self._last_found(place)
            return self._secrets.search_later(cached, place) if cached else self._search(place)
        except KeyTrouble as trouble:
            if not self._args.policy.examines_keys:
                raise
            return Keys(None, None, remarks=(trouble.advice,))

    def _place(self, profile: Optional[str]) -> sources.Place:
        return sources.here(profile, reads_dotenv=self._args.policy.waits)

    def _of_or_trouble(self, profile: str) -> Keys:
        """The keys of one of several profiles; one that has none is among the troubles."""
        try:
            return self._of(profile)
        except KeyTrouble as trouble:
            self.troubles.append(trouble)
            return Keys(unknown(trouble), unknown(trouble))

    def _last_found(self, place: sources.Place) -> Optional[Keys]:
        """The keys that the last search found, if they will do."""
        if not (self._uses_cached_keys or self._skips_keychain):
            return None
        however_old = self._skips_keychain or self._args.offline
        return found_keys.last(self._cache, sources.fingerprint(place), however_old)

    def _search(self, place: sources.Place) -> Keys:
        before, keys = sources.fingerprint(place), self.search(place, not self._skips_keychain)
        if not self._skips_keychain and sources.fingerprint(place) == before:
            found_keys.keep(self._cache, before, keys)
            if not keys.has_foreign_part:  # then a bar, which does not look there, finds the same
                found_keys.keep(self._cache, sources.fingerprint(place._replace(working_directory=None)), keys)
        return keys

    def search(self, place: sources.Place, with_keychain: bool = True) -> Keys:
        """Searches all sources, the keychain for a part of the time that is left. Raises a KeyTrouble, or BadUsage."""
        from openrouter_usage.keys import search
        from openrouter_usage.keys.command import Commands

        commands = Commands(self._time_left, self._no_commands)
        return search.find(place, self._keychain_timeout if with_keychain else 0, self._secrets, commands)

    @property
    def _keychain_timeout(self) -> float:
        """Seconds for the keychain, which may wait for somebody to unlock it."""
        return max(self._time_left() / 3, 0)

    @cached_property
    def names(self) -> Sequence[str]:
        """The names of all profiles, in order."""
        in_keychain = filter(sources.is_profile, self._keychain_profiles())
        return sorted({*sources.profiles_with_files(sources.here()), *in_keychain})

    def _keychain_profiles(self) -> Sequence[str]:
        """The profiles of the keychain; those of the last time where it is not read, or cannot be."""
        cached = found_keys.profiles(self._cache)
        if self._skips_keychain:
            return cached
        from openrouter_usage.keys import keychain

        try:
            names = keychain.profiles(self._keychain_timeout)
        except KeychainTrouble as trouble:
            self.remarks.append(f"which profiles {sources.Keychain.name} has now is not known: {trouble.message}")
            return cached
        found_keys.keep_profiles(self._cache, tuple(names))
        return names


def answered(session: "Session", ask: Callable[[Profile], T]) -> list[Union[T, Failure]]:
    """The answer of each profile, or its Failure. Raises a Failure where no profile is answered."""
    found = [_asked(profile, ask) for profile in session.profiles]
    failures = [one for one in found if isinstance(one, Failure)]
    if len(failures) == len(found):
        raise failures[0]
    return found


def _asked(profile: Profile, ask: Callable[[Profile], T]) -> Union[T, Failure]:
    try:
        return ask(profile)
    except Failure as failure:
        name = f"{profile.name}: " if profile.name else ""
        return type(failure)(f"{name}{failure.message}", failure.next_step)


def printed(found: list[Union[T, Failure]], render: Callable[[T], str], session: "Session") -> Output:
    """The rendered answers of all profiles, and the failures: in JSON in their place, else on standard error."""
    if session.args.format != "json":
        answers = [one for one in found if not isinstance(one, Failure)]
        failures = [explained(one) for one in found if isinstance(one, Failure)]
        return Output(0, style.pages([render(one) for one in answers], between=[""]), style.pages(failures))
    from openrouter_usage.text import document

    documents = [document.render_error(one) if isinstance(one, Failure) else render(one) for one in found]
    return Output(0, document.listed(documents) if session.args.all_profiles else documents[0])
