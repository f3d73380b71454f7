"""Names who told a figure."""

PATHS = {"activity": "/activity", "analytics": "/analytics/query"}
