"""Questions about spend that people ask: each with the command that answers it, and the line that does, by its number.

No answer needs arithmetic. All are asked at the instant of the samples.
"""

OF_BOTH_KEYS = [
    (
        "will I stay under $100 this month?",
        "forecast --budget 100",
        2,
        "Budget, all keys: $100.00 a month: likely passed on Nov 23 (~$142 by Nov 30, 80%: $127 to $163)",
    ),
    (
        "how much is left, and for how many days?",
        "forecast",
        2,
        "Key limit: $16.89 left, ~5.1 days, to Nov 25 (80%: Nov 24 to Nov 27) at $3.27/day",
    ),
    (
        "which model is the worst value?",
        "report",
        4,
        "Dearest model above $1, per request and per token: claude-sonnet-4.5 ($0.0578 a request, $3.42 a "
        "million tokens)",
    ),
    ("how well does the cache work?", "report", 5, "From cache: 55% of all prompt tokens; no big model is below that"),
    (
        "how much since the account was opened?",
        "report",
        3,
        "Account: $208.64 spent since it was opened, of $250.00 purchased; $41.36 left",
    ),
    (
        "which keys have no limit, are idle, expired?",
        "report --by key",
        4,
        "No limit: notebook, ci, old laptop; unused: old laptop; expired: none",
    ),
    ("weekends against weekdays?", "report --by weekday", 3, "Weekdays $5.53 a day, weekends $1.48 a day"),
    (
        "one key's models this month, with today?",
        "report --key agent --from month",
        8,
        "claude-sonnet-4.5 $41.40 $1.98 $39.42 $0.00 66% 652 $3.41 $0.0605 55%",
    ),
    (
        "one vendor this month?",
        "report --model 'anthropic/*' --from month",
        2,
        "2026-11-01 to 2026-11-19 and 2026-11-20 so far: $55.49*; $52.83 in the 19 completed UTC days",
    ),
    (
        "this month against the last?",
        "why --month",
        1,
        "Up $32.17 (+56%) from Nov 1 to 19, compared with Oct 1 to 19, the same days of last month: "
        "claude-sonnet-4.5 +$19.05 (more requests), gpt-5.1 +$7.45 (more requests).",
    ),
    (
        "what does a request cost, and is it going up?",
        "why",
        2,
        "Per request: $0.0227 before, $0.0241 after (+6%), BYOK included",
    ),
    (
        "yesterday's dearest hour, and its model?",
        "report --by hour,model --date yesterday",
        4,
        "Dearest hour: 2026-11-19 08:00 UTC at $1.09, above all claude-sonnet-4.5 ($0.64)",
    ),
    (
        "which chat was the dearest this week?",
        "report --by session --from week",
        4,
        "Dearest session: openclaw-11-19 at $2.88",
    ),
    (
        "anything odd or wasteful?",
        "audit",
        1,
        "3 findings from 2026-10-21 to 2026-11-19 (all keys, demo: a sample account)",
    ),
    ("is today dearer than usual?", "check", 2, "Today: $4.48 by 14:09 UTC, usually $5.29 by 15:00 (0.8x, all keys)"),
    (
        "can a job of $5 be paid?",
        "check --need 5",
        1,
        "OPENROUTER OK - enough for $5.00: $41.36 of balance and $16.89 of the key's limit",
    ),
    ("tell me in the chat, at most once a day", "check --announce --min-gap 24h", 1, "NO_REPLY"),
    (
        "what's my spend today, this week, this month?",
        "",
        3,
        "All keys: Today: $4.48* | Week: $27.68 | Month: $93.63",
    ),
    ("what is the balance?", "", 4, "Balance: $41.36 / $250.00"),
    (
        "how much of my key's limit is used, and when does it reset?",
        "",
        5,
        "Key limit: $16.89 / $80.00 (79% used, resets monthly, Dec 1, this key's)",
    ),
    (
        "how much ran on my own provider keys this month?",
        "",
        6,
        "BYOK: Today: $0.13* | Week: $0.81 | Month: $2.73 (this key's)",
    ),
    ("how many free requests are left today?", "", 8, "Free models: 33 of 50 requests left today"),
    ("does my key expire?", "", 9, "⚠️ Key expires in 9 days (Nov 29)"),
    (
        "which model cost most this week?",
        "",
        12,
        "• claude-sonnet-4.5: $20.02 (282 requests), today $2.65*",
    ),
    (
        "which model cost most today?",
        "report --date today",
        8,
        "claude-sonnet-4.5 $2.65 $0.00 59% 38 750k 26k 413k $3.42 $0.0698 55%",
    ),
    (
        "why was last week so expensive?",
        "why",
        1,
        "Up $2.44 (+8%) from Nov 13 to 19, compared with the 7 days before: claude-sonnet-4.5 +$1.44 (bigger "
        "requests), gpt-5.1 +$0.57 (more requests).",
    ),
    (
        "which key burns the most?",
        "report --by key",
        5,
        "Dearest key: agent at $90.00",
    ),
    ("which app burns the most?", "report --by app", 4, "Dearest app: OpenClaw at $59.04"),
    (
        "which of my users costs most this week?",
        "report --by external_user --from week",
        4,
        "Dearest external user: customer-17 at $12.24*",
    ),
    (
        "why does the dashboard show more?",
        "doctor",
        18,
        "BYOK, $2.73, is in none of these: a dashboard that adds it shows $96.36",
    ),
]
"""Asked with both keys, of the demo."""

MANAGEMENT_KEY = "make one at https://openrouter.ai/settings/management-keys and store it with `stats.py login`"

OF_ONE_KEY = [
    ("what's my spend today, this week, this month?", "", 2, "Today: $1.73* | Week: $17.38 | Month: $61.83"),
    ("what did all of us spend today?", "", 3, "All keys: unknown (needs a management key)"),
    ("what is the balance?", "", 4, "Balance: $41.36 / $265.76"),
    (
        "how much of my key's limit is used, and when does it reset?",
        "",
        5,
        "Key limit: $20.17 / $82.00 (75% used, resets monthly, Dec 1)",
    ),
    (
        "how much ran on my own provider keys this month?",
        "",
        6,
        "BYOK: Today: $0.08* | Week: $0.75 | Month: $2.68",
    ),
    ("how many free requests are left today?", "", 8, "Free models: 33 of 50 requests left today"),
    (
        "which model cost most this week?",
        "",
        11,
        f"Recent Models (7d): unknown (needs a management key; {MANAGEMENT_KEY})",
    ),
    (
        "for how many days is there enough?",
        "forecast",
        2,
        "Key limit: $20.17 left, ~6.1 days, to Nov 26 (80%: Nov 25 to Nov 28) at $3.27/day",
    ),
    (
        "will I stay under $100 this month?",
        "forecast --budget 100",
        2,
        "Budget, this key: $100.00 a month: likely kept (~$96 by Nov 30, 80%: $88 to $107); all keys: unknown "
        "(needs a management key)",
    ),
    (
        "do I spend more than usual?",
        "why",
        1,
        "This key: up $0.95 a day (+32%) from Nov 16 to 19, compared with Nov 1 to 15: $3.91 a day, $2.96 a day "
        "before.",
    ),
    ("how much did this key ever spend?", "why", 5, "This key since it was made: $151.28"),
    (
        "can a job of $50 be paid?",
        "check --need 50",
        1,
        "OPENROUTER CRITICAL - not enough for $50.00: $41.36 of balance is $8.64 short and $20.17 of the key's limit "
        "is $29.83 short",
    ),
    (
        "anything odd or wasteful?",
        "audit",
        2,
        "– this key (OPENROUTER_API_KEY) expires in 9 days (Nov 29). Next: make its successor at "
        "https://openrouter.ai/settings/keys",
    ),
    (
        "which keys do you use, and what do they see?",
        "doctor",
        3,
        "sees: own spend and limits, balance",
    ),
]
"""Asked with a regular key alone, of the same account as the fake serves it (`sample`)."""
