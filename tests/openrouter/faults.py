"""What OpenRouter says where something is wrong; of its words only those of a 403 may be seen, cleaned."""

import json

MANAGEMENT_403 = '{"error":{"code":403,"message":"Only management keys can perform this operation"}}'
LIMIT_403 = '{"error":{"code":403,"message":"Key limit exceeded (daily limit). Manage it using https://x"}}'
REGION_403 = '{"success":false,"error":"Access denied by security policy."}'
KEYS_403 = '{"error":{"code":403,"message":"You do not have permission to list these keys"}}'
HTML = "<!DOCTYPE html><html><body>sk-or-secret \x1b[31m</body></html>"


def error(code, message="sk-or-words \\u001b[31m of the server", **more):
    return json.dumps({"error": {"code": code, "message": message, **more}})


def limit_402(source, message="This request requires more credits, or fewer max_tokens."):
    """Which limit a call met: openrouter_credits, openrouter_key_limit or openrouter_in_flight_budget."""
    return error(402, message, metadata={"limit_source": source})


def line(lines, start):
    return next(line for line in lines if line.startswith(start))
