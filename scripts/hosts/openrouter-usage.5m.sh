#!/bin/sh
# <xbar.title>OpenRouter usage</xbar.title>
# <xbar.desc>What is left of the OpenRouter credits, and what was spent.</xbar.desc>
# <xbar.dependencies>python3</xbar.dependencies>
# <swiftbar.hideRunInTerminal>true</swiftbar.hideRunInTerminal>
#
# For SwiftBar and xbar: copy this file, alone, into their plugin folder. The 5m in its name is the interval.

# A Python that has the packages requests and python-dotenv; that of a venv by its full path.
PYTHON=python3

# Whose figures, such as "--profile work" or "--all-profiles", and what of them, such as "--show balance --period month".
KEYS=""
SHOWN=""

# The folder of the skill; empty: looked for where agents have theirs.
SKILL=""

# Menu bars start their plugins with a short path.
PATH="$PATH:/opt/homebrew/bin:/usr/local/bin"

for folder in "$HOME"/.claude/skills "$HOME"/.openclaw/workspace*/skills "$HOME"/.openclaw/workspace*/.agents/skills \
  "$HOME"/.agents/skills "$HOME"/.openclaw/skills "$HOME"/.codex/skills "$HOME"/.claude/plugins/marketplaces; do
  [ -z "$SKILL" ] && [ -f "$folder/openrouter-usage/scripts/stats.py" ] && SKILL="$folder/openrouter-usage"
done

# Ends with a line that has no figures, and what to do in its menu.
give_up() {
  printf '💰 %s\n---\n%s\n' "$1" "$2"
  exit 0
}

[ -f "$SKILL/scripts/stats.py" ] || give_up "no skill" "The skill openrouter-usage was not found: set SKILL in this file"
command -v "$PYTHON" > /dev/null || give_up "no Python" "$PYTHON was not found: set PYTHON in this file"

# The menu bar waits for nothing: it shows the old line meanwhile.
# As in every refresh of a bar, no command that prints a key is run: it would ask for a fingerprint every five minutes.
# shellcheck disable=SC2086  # several options
"$PYTHON" "$SKILL/scripts/stats.py" bar --fetch $KEYS --max-age 4m --timeout 15 > /dev/null 2>&1
# shellcheck disable=SC2086
"$PYTHON" "$SKILL/scripts/stats.py" bar --host swiftbar $KEYS $SHOWN ||
  give_up "needs Python 3.9" "$PYTHON cannot run the skill, which needs Python 3.9 or newer: set PYTHON in this file"
