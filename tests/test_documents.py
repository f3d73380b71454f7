"""The documents cannot rot: every command they show is run, every flag checked, every sample compared."""

import json
import re
import shlex
import subprocess
import sys

import pytest

from conftest import ROOT, house
from documents import PAGES, TEXTS, all_flags, anchors, blocks, flags, links

PEOPLES = "".join(TEXTS[name] for name in ("README.md", *PAGES))
"""All that is written for people."""
ALWAYS = ("schema", "command", "demo")
API = "https://openrouter.ai/api/v1"


def commands(text):
    """Every command of ours that a text shows, in a block, a table or a sentence, as its arguments; no samples."""
    found = re.findall(r"(?:(?<!\$ )python3 (?:\{baseDir\}/)?scripts/|`)stats\.py((?: +[\w,.*/'-]+)*)", text)
    return sorted({" ".join(arguments.split()) for arguments in found})


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_shown_runs(skill, fake, name):
    shown = [
        one for one in commands(TEXTS[name]) if not one.startswith(("login", "logout"))
    ]  # tests/commands/test_login.py
    assert shown
    skill.remembers = True
    work = skill.home / ".config" / "openrouter-usage" / "credentials.work.env"
    work.parent.mkdir(parents=True)
    work.write_text(f"OPENROUTER_API_KEY={house().key('second').text}\n", encoding="utf-8")
    work.chmod(0o600)
    skill.ask(fake, "agent", "admin").run()
    for arguments in shown:
        printed = skill.run(*shlex.split(arguments))
        said = r"\d+ rows, .*\n" if "--csv" in arguments else ""  # what the CSV holds
        assert (printed.code, bool(re.fullmatch(said, printed.err))) == (0, True), (arguments, printed.err)


def test_every_flag_shown_exists_and_every_flag_that_exists_is_shown_to_people(skill):
    existing = all_flags(skill)
    assert len(existing) > 40
    assert [(name, flag) for name, text in TEXTS.items() for flag in flags(text) - existing] == []
    assert existing - flags(PEOPLES) == set()


SAMPLES = [block for name in PAGES for block in blocks(TEXTS[name], "console") if "--demo" in block.splitlines()[0]]
"""Commands with what they print, up to a line `...` where that is not all."""


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.splitlines()[0])
def test_a_sample_is_what_the_demo_prints(skill, sample):
    command, shown = sample.split("\n", 1)
    (arguments,) = re.findall(r"^\$ python3 scripts/stats\.py (.*)$", command)
    printed = skill.run(*shlex.split(arguments)).out
    if shown.endswith("\n...\n"):
        assert printed.startswith(shown[: -len("...\n")])
    else:
        assert printed == shown


def test_there_is_a_sample_of_each_kind():
    words = {word for sample in SAMPLES for word in sample.splitlines()[0].split()}
    assert words >= {"report", "why", "forecast", "audit", "check", "bar", "--budget", "--need", "swiftbar"}


def test_the_reference_of_audit_names_all_that_its_json_has_and_every_code(skill):
    text = TEXTS["references/audit.md"]
    document = json.loads(skill.run("audit", "--demo", "--json").out)
    names = [*document, *document["looked_at"], *document["findings"][0]]
    assert [name for name in names if f"`{name}`" not in text and name not in ALWAYS] == []
    folder = ROOT / "scripts" / "openrouter_usage" / "commands" / "audit"
    sources = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    codes = set(re.findall(r'(?:Finding\(|_finding\(|^    )"([a-z_]+)"[,:]', sources, re.M))
    assert len(codes) == 15
    assert [code for code in codes if f"`{code}`" not in text] == []


def test_the_reference_names_every_column(skill):
    text = TEXTS["references/report.md"]
    rows = [
        json.loads(skill.run("report", "--demo", "--json", "--by", by).out)["rows"][0]
        for by in ("model", "key", "date")
    ]
    assert [name for row in rows for name in row if f"`{name}`" not in text] == []


def test_the_reference_of_why_names_all_that_its_json_has(skill):
    text = TEXTS["references/why.md"]
    document = json.loads(skill.run("why", "--demo", "--json", "--by", "key").out)
    row = document["rows"][0]
    assert [name for name in (*document, *row, *row["effects"]) if f"`{name}`" not in text and name not in ALWAYS] == []


def test_the_reference_of_the_chart_names_all_that_its_json_has(skill):
    text = TEXTS["references/chart.md"]
    document = json.loads(skill.run("chart", "--demo", "--json").out)
    names = [*document, *document["series"][0], *document["days"][0], *document["dearest"]]
    assert [name for name in names if f"`{name}`" not in text and name not in ALWAYS] == []


def test_the_reference_of_metrics_names_every_metric_and_label(skill):
    text = TEXTS["references/metrics.md"]
    printed = re.findall(r"^(openrouter_\w+)(?:\{(.*)\})? ", skill.run("metrics", "--demo").out, re.M)
    labels = {label for _, pairs in printed for label in re.findall(r"(\w+)=", pairs)}
    assert len(labels) == 5
    assert [name for name in {name for name, _ in printed} | labels if f"`{name}" not in text] == []


def test_the_reference_of_the_forecast_names_all_cells_of_the_month(skill):
    text = TEXTS["references/forecast.md"]
    cells = json.loads(skill.run("forecast", "--demo", "--json").out)["month_end"]
    assert [name for name in cells if f"`{name}`" not in text] == []


MARKDOWN = [path for path in sorted(ROOT.rglob("*.md")) if ".git" not in path.parts]


@pytest.mark.parametrize("path", MARKDOWN, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_a_heading_that_are_there(path):
    for link in links(path.read_text(encoding="utf-8")):
        file, _, heading = link.partition("#")
        target = path.parent / file if file else path
        assert target.is_file(), link
        assert not heading or heading in anchors(target.read_text(encoding="utf-8")), link


def test_readme_leads_to_every_page():
    assert [name for name in PAGES if name not in {link.partition("#")[0] for link in links(TEXTS["README.md"])}] == []


def test_readme_is_a_page_and_no_cell_of_its_tables_a_paragraph():
    text = TEXTS["README.md"]
    assert 5_000 < len(text) <= 14_000
    cells = [cell for line in text.splitlines() if line.startswith("|") for cell in line.split("|")]
    assert len(cells) > 30
    assert [cell for cell in cells if len(cell) > 200] == []


def test_the_exit_codes_in_the_documents_are_those_of_help(skill):
    codes = ["0", "1", "2", "3", "4", "5", "130"]
    assert re.findall(r"^\| (\d+) \|", TEXTS["references/json.md"], re.M) == codes
    assert re.findall(r"(?:exit codes:|,) (\d+) [a-zA-Z]", " ".join(skill.run("report", "--help").out.split())) == codes


def test_every_variable_the_code_reads_is_declared():
    read = set()
    for path in (ROOT / "scripts").rglob("*.py"):
        read |= set(re.findall(r'"(OPENROUTER_[A-Z_]+)"', path.read_text(encoding="utf-8")))
    assert len(read) == 16
    read |= {f"XDG_{name}_HOME" for name in ("CONFIG", "CACHE", "STATE", "DATA")}
    read |= {"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}
    read |= {"ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "OPENCLAW_HOME", "OPENCLAW_STATE_DIR"}
    header = TEXTS["SKILL.md"].split("---")[1]
    assert [name for name in read if name not in header or name not in PEOPLES] == []


def test_the_versions_agree():
    version = re.search(r'version: "([\d.]+)"', TEXTS["SKILL.md"]).group(1)
    plugin = json.loads((ROOT / ".claude-plugin" / "plugin.json").read_text(encoding="utf-8"))
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    code = re.search(
        r'^VERSION = "([\d.]+)"', (ROOT / "scripts/openrouter_usage/records.py").read_text(encoding="utf-8"), re.M
    ).group(1)
    assert (plugin["version"], plugin["name"]) == (version, "openrouter-usage")
    assert f"## {version}\n" in changes
    assert version == code


def test_ci_calls_the_readmes_test_command():
    assert "python3 tests/run.py" in "".join(blocks(TEXTS["README.md"], "bash"))
    assert re.search(r"python3 tests/run\.py\s*$", (ROOT / ".ci" / "run").read_text(encoding="utf-8"), re.M)


@pytest.mark.parametrize("name", sorted(path.name for path in (ROOT / "bench").glob("*.py")))
def test_every_bench_can_be_started(name):
    done = subprocess.run([sys.executable, str(ROOT / "bench" / name), "--help"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_example_file_holds_no_key_and_is_shipped():
    text = (ROOT / "credentials.env.example").read_text(encoding="utf-8")
    assert re.findall(r"^(\w+)=(.*)$", text, re.M) == [("OPENROUTER_API_KEY", ""), ("OPENROUTER_MGMT_KEY", "")]
    for name in (".gitignore", ".clawhubignore"):
        assert "credentials*.env\n" in (ROOT / name).read_text(encoding="utf-8")


def test_no_file_holds_what_looks_like_a_key():
    pattern = re.compile(r"sk-[A-Za-z0-9_-]{16,}")
    files = [path for path in ROOT.rglob("*") if path.is_file() and ".git" not in path.parts]
    assert len(files) > 40
    assert [path for path in files if pattern.search(path.read_bytes().decode("utf-8", "replace"))] == []
