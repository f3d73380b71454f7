"""The fake OpenRouter is as strict as the real one: the vendor's own SDK takes every answer it gives."""

import socket
from datetime import datetime, timedelta, timezone
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

import pytest
import requests

from accounts import budget
from conftest import NOW, event, house

try:
    version("openrouter")  # the package: our own module of that name is on the path too
except PackageNotFoundError:
    pytest.skip("the vendor's SDK needs Python 3.10 or newer", allow_module_level=True)
import openrouter as sdk

# The SDK itself warns of the fields its vendor deprecates.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def client(serve):
    """An SDK client of the house account by a key's name."""

    def make(name, account=None, **options):
        account = account or house()
        fake = serve(account, **options)
        return sdk.OpenRouter(api_key=account.key(name).text, server_url=fake.address)

    return make


def test_a_regular_key(client):
    key = client("agent").api_keys.get_current_key_metadata().data
    assert (key.usage_daily, key.usage_weekly, key.usage_monthly, key.usage) == (3.42, 18.9, 61.25, 161.25)
    assert (key.is_management_key, key.byok_usage_weekly, key.organization_id) == (False, 1.1, "org-one")


def test_a_key_with_limits_and_budgets(client):
    account = house()
    key = account.key("agent")
    key.limit, key.limit_remaining, key.limit_reset, key.expires_at = 10, 2.5, "daily", "2026-12-01T00:00:00Z"
    key.budgets = [budget("workspace", 20, 5)]
    key.effective_budget = budget("workspace", 20, 5)
    told = client("agent", account).api_keys.get_current_key_metadata().data
    assert (told.limit_reset, told.effective_budget.remaining_usd, told.budgets[0].scope) == ("daily", 15, "workspace")
    assert told.expires_at == datetime(2026, 12, 1, tzinfo=timezone.utc)


def test_a_management_keys_own_usage_is_zero(client):
    key = client("admin").api_keys.get_current_key_metadata().data
    assert (key.is_management_key, key.usage, key.usage_monthly) == (True, 0, 0)


def test_credits(client):
    credits = client("admin").credits.get_credits().data
    assert (credits.total_credits, credits.total_usage) == (300, 261.25)


def test_activity_in_both_date_forms(client):
    account = house()
    for iso, date in ((False, "2026-11-18 00:00:00"), (True, "2026-11-18")):
        account.iso_dates = iso
        rows = client("admin", account).analytics.get_user_activity().data
        assert len(rows) == 9
        assert date in {row.date_ for row in rows}
        assert sum(row.usage for row in rows) == pytest.approx(186.9)


def test_activity_of_one_day_and_of_today(client):
    one = client("admin")
    assert [row.usage for row in one.analytics.get_user_activity(request={"date_": "2026-11-16"}).data] == [5.0]
    with pytest.raises(sdk.errors.BadRequestResponseError, match="Date must be within the last 30"):
        one.analytics.get_user_activity(request={"date_": "2026-11-20"})


def test_keys_are_listed_by_pages_of_100_in_one_workspace(client):
    from fake_openrouter import FakeKey

    account = house()
    account.keys += [FakeKey(f"k{n}") for n in range(150)] + [FakeKey("else", workspace="ws-two")]
    account.keys.append(FakeKey("off", disabled=True))
    one = client("admin", account)
    assert [len(one.api_keys.list(offset=offset).data) for offset in (0, 100, 200)] == [100, 52, 0]
    assert len(one.api_keys.list(offset=100, include_disabled=True).data) == 53
    assert [key.name for key in one.api_keys.list(workspace_id="ws-two").data] == ["else"]


def test_workspaces(client):
    account = house()
    account.workspaces = ("ws-default", "ws-two")
    answer = client("admin", account).workspaces.list()
    assert [row.id for row in answer.result.data] == ["ws-default", "ws-two"]


def test_models_with_and_without_a_key(client):
    from fake_models import model

    rows = client("agent").models.list().result.data
    assert [row.canonical_slug for row in rows if row.id == "openai/gpt-5.1"] == ["openai/gpt-5.1-20260801"]
    parsed = sdk.components.Model.model_validate(model("v/m", cached=None, retires="2026-12-15"))
    assert (parsed.expiration_date, parsed.pricing.prompt) == ("2026-12-15", "0.000003")
    assert parsed.pricing.input_cache_read is None


def test_analytics(client):
    answer = client("admin").analytics.query_analytics(
        metrics=["credits_usage", "byok_usage"],
        granularity="day",
        time_range={"start": datetime(2026, 11, 1, tzinfo=timezone.utc), "end": NOW},
    )
    assert (answer.data.metadata.row_count, answer.data.metadata.truncated) == (6, False)


@pytest.mark.parametrize(
    ("dimensions", "granularity", "rows"), [(["model", "api_key_id"], None, 6), (["app"], "hour", 6), ([], "day", 6)]
)
def test_analytics_by_dimensions(client, dimensions, granularity, rows):
    answer = client("admin").analytics.query_analytics(
        metrics=["credits_usage", "request_count", "tokens_prompt", "cached_tokens"],
        dimensions=dimensions,
        **({"granularity": granularity} if granularity else {}),
        time_range={"start": datetime(2026, 11, 1, tzinfo=timezone.utc), "end": NOW},
        limit=10_000,
    )
    assert (answer.data.metadata.row_count, answer.data.metadata.truncated) == (rows, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"dimensions": ["model", "app", "user"]},
        {"dimensions": ["colour"]},
        {"metrics": ["happiness"]},
        {"limit": 10_001},
        {"dimensions": ["provider"], "time_range": {"start": NOW - timedelta(days=40), "end": NOW}},
    ],
    ids=str,
)
def test_analytics_refuses_what_the_real_one_refuses(client, wrong):
    question = {"metrics": ["credits_usage"], "time_range": {"start": NOW - timedelta(days=3), "end": NOW}, **wrong}
    with pytest.raises(sdk.errors.OpenRouterError):
        client("admin").analytics.query_analytics(**question)


def test_an_answer_of_more_rows_than_the_limit_says_that_it_is_truncated(client):
    answer = client("admin").analytics.query_analytics(
        metrics=["credits_usage"],
        dimensions=["model"],
        time_range={"start": NOW - timedelta(days=300), "end": NOW},
        limit=2,
    )
    assert (answer.data.metadata.row_count, answer.data.metadata.truncated) == (2, True)


def test_activity_of_one_key(client):
    key = house().key("second")
    rows = client("admin").analytics.get_user_activity(request={"api_key_hash": key.hash}).data
    assert sum(row.usage for row in rows) == pytest.approx(29.07)


def test_a_query_without_seconds_is_refused(serve):
    account = house()
    fake = serve(account)
    body = {
        "metrics": ["credits_usage"],
        "granularity": "day",
        "time_range": {"start": "2026-11-01T00:00Z", "end": "2026-11-20T14:09Z"},
    }
    headers = {"Authorization": f"Bearer {account.key('admin').text}"}
    answer = requests.post(f"{fake.address}/analytics/query", json=body, headers=headers, timeout=10)
    assert (answer.status_code, answer.json()["error"]["name"]) == (400, "ZodError")


def test_errors_are_of_the_documented_form(client):
    regular = client("agent")
    for question in (regular.analytics.get_user_activity, regular.api_keys.list, regular.workspaces.list):
        with pytest.raises(sdk.errors.OpenRouterError, match="Only management keys can perform this operation"):
            question()
    account = house()
    account.key("agent").deleted = True
    with pytest.raises(sdk.errors.UnauthorizedResponseError, match="User not found"):
        client("agent", account).api_keys.get_current_key_metadata()


def test_the_windows_of_a_key_follow_the_clock(client):
    account = house()
    account.events = [event("11-15", "agent", "v/m", "P", "1.00"), event("11-16", "agent", "v/m", "P", "2.00")]
    key = client("agent", account, now=datetime(2026, 11, 16, 23, 59, tzinfo=timezone.utc))
    told = key.api_keys.get_current_key_metadata().data
    assert (told.usage_daily, told.usage_weekly, told.usage_monthly) == (2, 2, 3)


# What the API of November answers


def query(client, account=None, **asked):
    """The rows of an analytics query as the SDK parses it: it keeps no fields of a row, so they are read beside it."""
    question = {"metrics": ["credits_usage"], "time_range": {"start": NOW - timedelta(days=31), "end": NOW}, **asked}
    return client("admin", account).analytics.query_analytics(**question)


@pytest.fixture
def rows(serve):
    """The rows of an analytics query, as they are sent."""

    def ask(account=None, **asked):
        account = account or house()
        fake = serve(account)
        time_range = {"start": "2026-10-20T00:00:00Z", "end": "2026-11-20T00:00:00Z"}
        body = {"metrics": ["credits_usage"], "time_range": time_range, **asked}
        headers = {"Authorization": f"Bearer {account.key('admin').text}"}
        answer = requests.post(f"{fake.address}/analytics/query", json=body, headers=headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["data"]

    return ask


def refused():
    """OpenRouter answers 400, in the form of a query that is not valid."""
    return pytest.raises(sdk.errors.OpenRouterError, match="ZodError")


def listing(client, account, **params):
    return client("admin", account).api_keys.list(**params).data


def test_a_user_is_two_fields(rows):
    account = house()
    account.key("second").user, account.key("second").email = None, "grace@example.org"
    told = [(row["user"], row["user_email"]) for row in rows(account, dimensions=["user"])]
    assert sorted(told, key=str) == [("Ada", "ada@example.org"), (None, "grace@example.org")]


def test_two_people_without_a_name_are_two_rows(rows):
    account = house()
    for name in ("agent", "second"):
        account.key(name).user, account.key(name).email = None, f"{name}@example.org"
    assert len(rows(account, dimensions=["user"])) == 2


def test_use_without_a_key_is_labelled(rows):
    account = house()
    account.events = [event("11-18", None, "v/m", "P", "1.00")]
    told = [rows(account, dimensions=[name])[0] for name in ("api_key_id", "app", "workspace", "user")]
    assert [row.get(name) for row, name in zip(told, ("api_key_id", "app", "workspace", "user"))] == [
        "Chatroom", "Unknown", "Unattributed", "Ada",
    ]  # fmt: skip


def test_keys_of_one_name_are_two_rows(rows):
    account = house()
    account.key("second").called = "agent"
    assert [row["api_key_id"] for row in rows(account, dimensions=["api_key_id"])] == ["agent", "agent"]


@pytest.mark.parametrize(
    ("granularity", "times"),
    [
        ("hour", {"2026-11-18 12:00:00", "2026-11-17 12:00:00"}),
        ("day", {"2026-11-18", "2026-11-17"}),
        ("week", {"2026-11-15"}),
        ("month", {"2026-11-01"}),
    ],
)
def test_times_are_naive_and_weeks_begin_on_sunday(rows, granularity, times):
    account = house()
    account.events = [event("11-18", "agent", "v/m", "P", "1.00"), event("11-17", "agent", "v/m", "P", "2.00")]
    assert {row[f"date__{granularity}"] for row in rows(account, granularity=granularity)} == times


def test_counts_are_strings_and_money_is_a_number_or_a_decimal_string(rows):
    account = house()
    account.events = [event("11-18", "agent", "v/m", "P", "1.50")]
    metrics = ["credits_usage", "byok_usage", "request_count"]
    assert rows(account, metrics=metrics) == [{"credits_usage": 1.5, "byok_usage": None, "request_count": "1"}]
    account.money_as_text = True
    assert rows(account, metrics=metrics)[0]["credits_usage"] == "1.5000000000"


def test_byok_fees_are_within_the_credits(rows):
    from decimal import Decimal

    account = house()
    account.events = [event("11-18", "agent", "v/m", "P", "1.50", "20", byok_fee=Decimal("0.25"))]
    assert rows(account, metrics=["credits_usage", "byok_fees"]) == [{"credits_usage": 1.5, "byok_fees": 0.25}]


def test_an_answer_has_no_warnings_where_there_is_none(client):
    assert query(client).data.warnings is None


AGENT, SECOND = (house().key(name).hash for name in ("agent", "second"))
GPT, SONNET = "openai/gpt-5.1-20260801", "anthropic/claude-sonnet-4.5-20260801"


def only(field, value, operator="eq", **more):
    return [{"field": field, "operator": operator, "value": value, **more}]


@pytest.mark.parametrize(
    ("filters", "usd"),
    [
        (only("api_key_id", AGENT), 157.83),
        (only("api_key_id", house().key("agent").id), 157.83),
        (only("api_key_id", [AGENT, SECOND], "in"), 186.9),
        (only("api_key_id", AGENT, "neq"), 29.07),
        (only("api_key_id", AGENT) + only("model", GPT), 147.35),
        (only("model", [GPT, SONNET], "in"), 184.899104448),
        (only("model", "openai/gpt-5.1"), None),
        (only("workspace", "ws-default"), 186.9),
        (only("user", "user-one"), 186.9),
        (only("provider", "Google"), 2.4799999996),
        (only("session_id", ["s"], "in", include_unset=True), 186.9),
    ],
    ids=str,
)
def test_filters(rows, filters, usd):
    told = rows(filters=filters)
    assert [row["credits_usage"] for row in told] == ([pytest.approx(usd)] if usd else [])


def test_a_filtered_dimension_leaves_two_free(rows):
    told = rows(filters=only("api_key_id", SECOND), dimensions=["model", "app"], granularity="day")
    assert {(row["date__day"], row["model"].split("/")[0]) for row in told} == {
        ("2026-11-17", "openai"), ("2026-11-17", "deepseek"), ("2026-11-05", "anthropic"),
    }  # fmt: skip


def test_an_app_is_filtered_by_its_number(rows):
    from fake_analytics import app_id

    assert rows(filters=only("app", app_id("an app"))) == [{"credits_usage": pytest.approx(186.9)}]


def test_a_hash_of_no_key_is_warned_of(client):
    told = query(client, filters=only("api_key_id", "0" * 64)).data
    assert (told.data, told.warnings) == ([], [f"api_key_id {'0' * 64} could not be resolved"])


@pytest.mark.parametrize(
    "filters",
    [
        only("api_key_id", "agent"),
        only("app", "an app"),
        only("colour", "red"),
        only("model", GPT, "like"),
        only("model", [GPT]),
        only("model", GPT, "in"),
        only("model", [], "in"),
        only("model", GPT, include_unset=True),
        only("model", GPT) * 21,
    ],
    ids=str,
)
def test_filters_that_are_refused(client, filters):
    with refused():
        query(client, filters=filters)


def days_ago(days):
    return NOW.replace(hour=0, minute=0) - timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "asked"),
    [
        (367, {}),
        (367, {"granularity": "day", "dimensions": ["model", "api_key_id"]}),
        (367, {"granularity": "week", "filters": only("api_key_id", AGENT)}),
        (31, {"granularity": "hour"}),
        (31, {"dimensions": ["provider"]}),
        (31, {"dimensions": ["session_id", "external_user"]}),
        (31, {"filters": only("generation_id", ["g"], "in")}),
        (31, {"metrics": ["byok_fees"]}),
    ],
    ids=str,
)
def test_the_reach(client, days, asked):
    for first, fits in ((days, True), (days + 1, False)):
        time_range = {"start": days_ago(first), "end": days_ago(first) + timedelta(days=1)}
        if fits:
            query(client, time_range=time_range, **asked)
        else:
            with refused():
                query(client, time_range=time_range, **asked)


def test_minutes_reach_three_hours(client):
    for hours in (3, 4):
        time_range = {"start": NOW - timedelta(hours=hours), "end": NOW}
        if hours == 3:
            query(client, granularity="minute", time_range=time_range)
        else:
            with refused():
                query(client, granularity="minute", time_range=time_range)


def test_rows_come_in_the_order_asked_for(rows):
    order = {"field": "credits_usage", "direction": "desc"}
    told = [row["credits_usage"] for row in rows(dimensions=["model"], order_by=order)]
    assert told == sorted(told, reverse=True) and len(told) == 4


def test_keys_made_by_oauth_spend_and_are_not_listed(client, rows):
    from fake_openrouter import FakeKey

    account = house()
    account.keys.append(FakeKey("an app's", oauth=True))
    account.events.append(event("11-18", "an app's", "v/m", "P", "4.00"))
    assert [key.name for key in listing(client, account)] == ["agent", "second"]
    assert "an app's" in {row["api_key_id"] for row in rows(account, dimensions=["api_key_id"])}


def test_listed_keys_say_when_they_were_last_used_and_for_whom(client):
    account = house()
    account.key("agent").external_user = "customer-7"
    account.events = [event("11-18", "agent", "v/m", "P", "4.00")]
    first, second = listing(client, account)
    assert (first.last_used_at, first.external_user) == (datetime(2026, 11, 18, 12, tzinfo=timezone.utc), "customer-7")
    assert (second.last_used_at, second.external_user) == (None, None)


def test_activity_by_workspace(client):
    account = house()
    account.workspaces = ("ws-default", "ws-two")
    account.key("second").workspace = "ws-two"
    account.events.append(event("11-18", None, "v/m", "P", "1.00"))
    one = client("admin", account).analytics
    told = one.get_user_activity(request={"group_by": "workspace"}).data
    sums = {name: sum(row.usage for row in told if row.workspace_id == name) for name in account.workspaces}
    assert sums == {"ws-default": pytest.approx(158.83), "ws-two": pytest.approx(29.07)}
    filtered = one.get_user_activity(request={"workspace_id": "ws-two"}).data
    assert sum(row.usage for row in filtered) == pytest.approx(29.07)
    assert {row.workspace_id for row in filtered} == {None}


def test_two_members_of_one_organization(client):
    from fake_openrouter import ABSENT

    account = house()
    account.key("second").creator = "user-two"
    account.key("admin").organization = None
    told = [client(name, account).api_keys.get_current_key_metadata().data for name in ("agent", "second", "admin")]
    assert [one.creator_user_id for one in told] == ["user-one", "user-two", "user-one"]
    assert [one.organization_id for one in told] == ["org-one", "org-one", None]
    assert [key.creator_user_id for key in listing(client, account)] == ["user-one", "user-two"]
    account.key("agent").organization = ABSENT
    with pytest.raises(sdk.errors.ResponseValidationError, match="organization_id"):
        client("agent", account).api_keys.get_current_key_metadata()


@pytest.mark.parametrize("source", ["openrouter_credits", "openrouter_key_limit", "openrouter_in_flight_budget"])
def test_a_402_says_which_limit_it_met(serve, source):
    from faults import limit_402

    account = house()
    fake = serve(account)
    fake.fault("/auth/key", status=402, body=limit_402(source), headers=(("Retry-After", "2"),))
    headers = {"Authorization": f"Bearer {account.key('agent').text}"}
    answer = requests.get(f"{fake.address}/auth/key", headers=headers, timeout=10)
    assert answer.json()["error"]["metadata"] == {"limit_source": source}
    assert (answer.status_code, answer.headers["Retry-After"]) == (402, "2")


# Sources that go wrong


@pytest.fixture
def told(serve):
    """What each source of an account tells while one of them is in a state."""

    def ask(path, state):
        account = house()
        fake = serve(account)
        fake.source(path, state)
        one, regular = (
            sdk.OpenRouter(api_key=account.key(name).text, server_url=fake.address, retry_config=None)
            for name in ("admin", "agent")
        )
        return {
            "/activity": lambda: sum(row.usage for row in one.analytics.get_user_activity().data),
            "/keys": lambda: sum(row.usage for row in one.api_keys.list().data),
            "/auth/key": lambda: regular.api_keys.get_current_key_metadata().data.usage,
            "/credits": lambda: one.credits.get_credits().data.total_usage,
        }

    return ask


TRUE = {"/activity": 186.9, "/keys": 261.25, "/auth/key": 161.25, "/credits": 261.25}


@pytest.mark.parametrize(
    ("path", "state", "usd"),
    [
        ("/activity", "empty", 0),
        ("/activity", "late", 170.6),
        ("/activity", "one vendor missing", 38.73),
        ("/activity", "doubled", 373.8),
        ("/keys", "empty", 0),
        ("/keys", "late", 239.85),
        ("/auth/key", "empty", 0),
        ("/auth/key", "doubled", 322.5),
        ("/credits", "empty", 0),
        ("/credits", "one vendor missing", 42.15),
    ],
)
def test_a_state_is_that_of_one_source(told, path, state, usd):
    answers = {source: ask() for source, ask in told(path, state).items()}
    assert answers == {
        **{source: pytest.approx(true) for source, true in TRUE.items()},
        path: pytest.approx(usd, abs=0.01),
    }


@pytest.mark.parametrize(("state", "status"), [("failing", 503), ("refused", 403)])
@pytest.mark.parametrize("path", ["/activity", "/keys", "/auth/key", "/credits"])
def test_a_source_that_tells_nothing(told, path, state, status):
    with pytest.raises(sdk.errors.OpenRouterError) as failure:
        told(path, state)[path]()
    assert failure.value.status_code == status


@pytest.mark.parametrize(
    ("state", "usd", "days"),
    [("right", 186.9, 6), ("empty", 0, 0), ("late", 170.6, 3), ("half", 35.73, 4), ("doubled", 373.8, 6)],
)
def test_analytics_in_a_state_is_consistent_in_itself(serve, state, usd, days):
    account = house()
    fake = serve(account)
    fake.source("/analytics/query", state)
    headers = {"Authorization": f"Bearer {account.key('admin').text}"}
    sums, lengths = [], []
    for asked in ({"granularity": "day"}, {"granularity": "hour"}, {"dimensions": ["model", "api_key_id"]}):
        time_range = {"start": "2026-10-20T00:00:00Z", "end": "2026-11-20T00:00:00Z"}
        body = {"metrics": ["credits_usage"], "time_range": time_range, **asked}
        answer = requests.post(f"{fake.address}/analytics/query", json=body, headers=headers, timeout=10)
        found = answer.json()["data"]["data"]
        sums.append(sum(row["credits_usage"] for row in found))
        lengths.append(len(found))
    assert sums[1:] == [pytest.approx(sums[0])] * 2
    assert (sums[0], lengths[0]) == (pytest.approx(usd, abs=0.01), days)


def test_a_source_is_put_right_again_and_its_requests_are_counted(serve):
    account = house()
    fake = serve(account)
    one = sdk.OpenRouter(api_key=account.key("admin").text, server_url=fake.address)
    for state, length in (("empty", 0), ("right", 9)):
        fake.source("/activity", state)
        assert len(one.analytics.get_user_activity().data) == length
    assert (fake.times_asked("/activity"), fake.times_asked("/keys")) == (2, 0)
    with pytest.raises(ValueError, match="no such source or state"):
        fake.source("/activity", "tired")


def test_what_was_sent_is_noted_though_whoever_sent_it_is_gone(fake):
    place = urlsplit(fake.address)
    for number in range(1, 21):
        with socket.create_connection((place.hostname, place.port)) as connection:
            connection.sendall(b"GET /api/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert len(fake.asked) == number
