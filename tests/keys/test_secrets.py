"""Whatever fails: no key, no escape sequence, no traceback in anything printed; a server's words in a 403 alone."""

import json
import unicodedata

import pytest

from conftest import house

LEAK = "sk-or-v1-leaked \\u001b[31m <b>server words</b>"
FAULTS = [
    {},
    *({"status": status, "body": json.dumps({"error": {"code": status, "message": LEAK}})} for status in
      (301, 400, 401, 402, 403, 404, 408, 413, 429, 500, 503)),
    {"body": LEAK},
    {"body": json.dumps({"data": LEAK})},
    {"body": json.dumps({"data": [LEAK]})},
    {"body": json.dumps({"data": {"usage": LEAK, "limit": LEAK, "budgets": [{"scope": LEAK}]}})},
    {"body": json.dumps({"error": LEAK})},
    {"how": "cut"},
    {"how": "reset"},
    {"how": "silence"},
]  # fmt: skip


def assert_clean(printed, *secrets, is_quoted=False):
    for secret in secrets:
        assert secret not in printed.all
        assert secret[9:40] not in printed.all
    assert "Traceback" not in printed.all
    assert is_quoted or "server words" not in printed.all
    assert [c for c in printed.all if unicodedata.category(c) in ("Cc", "Cf") and c not in "\n\ufe0f"] == []


@pytest.mark.parametrize("as_json", [False, True], ids=["text", "json"])
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault)[:40])
def test_nothing_printed_holds_a_key_an_escape_sequence_or_a_traceback(skill, fake, fault, as_json):
    if fault:
        fake.fault_everywhere(**fault)
    printed = skill.ask(fake, "agent", "admin").run("--timeout", "2", *(["--json"] if as_json else []))
    assert printed.code in (0, 3, 4)
    assert_clean(printed, *(key.text for key in house().keys), is_quoted=fault.get("status") == 403)
    if as_json:
        json.loads(printed.out)


@pytest.mark.parametrize("how", [
    lambda key: f"Key {key} may not do this",
    lambda key: f"Key {key[9:]} may not do this",
    lambda key: f"Key {key[40:]} may not do this",
    lambda key: f"{'x' * 100} {key} may not do this",
    lambda key: f"Key {key[:20]}\u200b{key[20:]} may not do this",
    lambda key: f"Key {key[:20]}\x1b[0m{key[20:]} may not do this",
    lambda key: f"Key {key[:20]}\n{key[20:]} may not do this",
])  # fmt: skip
def test_openrouters_words_are_quoted_without_the_key(skill, fake, how):
    key = house().key("agent").text
    fake.fault_everywhere(status=403, body=json.dumps({"error": {"code": 403, "message": how(key)}}))
    printed = skill.ask(fake, "agent").run()
    assert printed.code == 3
    assert_clean(printed, key)
    assert [at for at in range(9, len(key) - 8) if key[at : at + 8] in printed.all] == []
    assert "[a key]" in printed.err


def test_openrouters_words_are_one_bounded_line(skill, fake):
    fake.fault_everywhere(status=403, body=json.dumps({"error": {"code": 403, "message": "a\n\x1b[31mb " * 1000}}))
    printed = skill.ask(fake, "agent").run()
    assert_clean(printed)
    assert printed.err.splitlines()[0].startswith(
        'Error: OpenRouter forbids this to OPENROUTER_API_KEY (HTTP 403): "a b a b a b '
    )
    assert len(printed.err.splitlines()[0]) < 200


def test_a_key_of_another_form_is_masked_too(skill, fake):
    skill.ask(fake).env["OPENROUTER_API_KEY"] = "corporate-token-0123456789"
    fake.fault_everywhere(status=403, body='{"error":{"code":403,"message":"corporate-token-0123456789 is barred"}}')
    assert '(HTTP 403): "[a key] is barred"' in skill.run().err


def test_the_truncated_key_that_openrouter_calls_a_label_is_never_shown(skill, fake):
    printed = skill.ask(fake, "agent", "admin").run("--json")
    assert [key.label for key in house().keys if key.label in printed.all] == []


@pytest.mark.parametrize("scope", ["evil\x1b]0;title\x07\n⚠️", "a" * 500])
def test_other_peoples_words_are_cleaned_wherever_they_stand(skill, serve, account, scope):
    layer = {"scope": scope, "limit_usd": 5, "spend_usd": 1, "remaining_usd": 4, "reset_interval": "x\x1b[2J"}
    account.key("agent").effective_budget = layer
    printed = skill.ask(serve(account), "agent").run()
    assert printed.code == 0
    assert_clean(printed)
    assert max(len(line) for line in printed.out.splitlines()) < 200


def test_a_key_given_as_an_argument_is_not_repeated(skill):
    text = house().key("agent").text
    for arguments in (
        [text],
        ["--timeout", text],
        [f"--{text}"],
        ["--json", f"\x1b[31m{text}"],
        ["report", "--columns", text],
        ["report", "--tz", text],
        ["--profile", text[:40]],
        ["chart", "--output", text],
    ):
        printed = skill.run(*arguments)
        assert printed.code == 2
        assert_clean(printed, text)


def test_a_bug_is_told_without_what_the_exception_says(skill, fake, tmp_path):
    import shutil

    from conftest import SCRIPTS

    broken = shutil.copytree(SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    secret = house().key("agent").text
    (broken / "openrouter_usage/commands/summary/fetch.py").write_text(
        f"def ProfileFetch(*_):\n    raise KeyError({secret!r})\n", encoding="utf-8"
    )
    printed = skill.ask(fake, "agent").run(script=broken / "stats.py")
    assert (printed.code, printed.out) == (1, "")
    assert printed.err == (
        "Error: a bug in openrouter-usage: KeyError at commands/summary/fetch.py:2\nNext: please report this line\n"
    )
