"""The fake OpenRouter is as strict as the real one: the vendor's own SDK takes every answer it gives."""

from datetime import datetime, timedelta, timezone
from importlib.metadata import PackageNotFoundError, version

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
