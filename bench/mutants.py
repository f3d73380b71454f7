#!/usr/bin/env python3
"""Changes the arithmetic one place at a time, and prints the changes that no test notices.

A mutant is one change of a module in figures/ or forecast/: another comparison, operator or constant, no `not`, None
returned. Its tests run in a process forked for it: those of its folder, and if they pass the slower ones of the
commands that show its figures. The sample is the same for the same seed. Run it with the tests' Python (POSIX only):
    python3 bench/mutants.py --sample 200 --seed 1
    python3 bench/mutants.py --sample 1000 --fast forecast/burn.py
"""

import argparse
import ast
import copy
import importlib
import inspect
import os
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Callable, NamedTuple, Optional

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = Path("scripts", "openrouter_usage")
OF_DAYS = ["test_evidence_matrix.py", "commands/test_report_arithmetic.py", "commands/test_reconcile.py"]
OF_GROUPS = ["commands/test_report.py", "commands/test_why_arithmetic.py", "commands/test_report_filters.py"]
OF_FORECASTS = [
    "commands/test_forecast.py",
    "commands/test_check.py",
    "commands/test_metrics.py",
    "commands/test_budget.py",
]
SLOWER = {
    "account_spend": [*OF_DAYS, "commands/test_summary.py"],
    "balance": ["commands/test_what_is_left.py", *OF_FORECASTS],
    "contradictions": OF_DAYS,
    "evidence": [*OF_DAYS, "commands/test_doctor.py"],
    "expired": ["commands/test_report_keys.py", "commands/test_sources.py", *OF_FORECASTS],
    "groups": [*OF_GROUPS, "commands/test_report_names.py", "commands/test_report_zones.py"],
    "judgement": OF_DAYS,
    "key_days": ["commands/test_why_own_key.py"],
    "limits": ["commands/test_report_keys.py", *OF_FORECASTS],
    "outliers": ["commands/test_why_arithmetic.py", "commands/test_audit.py"],
    "periods": ["commands/test_report_periods.py"],
    "rows": [*OF_GROUPS, "commands/test_report_zones.py", "commands/test_today.py"],
    "same_account": ["commands/test_audit_accounts.py", "commands/test_reconcile.py", "commands/test_summary.py"],
    "usual_hours": ["commands/test_check_spike.py"],
    "windows": ["commands/test_summary.py", "commands/test_sources.py", *OF_DAYS],
    "zones": ["commands/test_report_zones.py", "commands/test_local_today.py"],
}
"""The slower tests of a module; a module of forecast/ has OF_FORECASTS."""
MOST_SECONDS = 60
"""Of processor time; a mutant whose tests take more is noticed: it does not end."""

COMPARED = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
COMPUTED = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult}


class Mutant(NamedTuple):
    """A change of the node at that place of a module's syntax tree, which is on that line."""

    module: Path
    place: int
    line: int
    before: str
    after: str


def changed(node: ast.AST) -> Optional[ast.AST]:
    """Returns the changed copy of a node of a syntax tree; most nodes have none."""
    new = copy.copy(node)
    if isinstance(new, ast.Compare) and type(new.ops[0]) in COMPARED:
        new.ops = [COMPARED[type(new.ops[0])](), *new.ops[1:]]
    elif isinstance(new, ast.BinOp) and type(new.op) in COMPUTED:
        new.op = COMPUTED[type(new.op)]()
    elif isinstance(new, ast.BoolOp):
        new.op = ast.Or() if isinstance(new.op, ast.And) else ast.And()
    elif isinstance(new, ast.Constant) and isinstance(new.value, (bool, int, float)):
        new.value = not new.value if isinstance(new.value, bool) else new.value + 1
    elif isinstance(new, ast.UnaryOp) and isinstance(new.op, (ast.Not, ast.USub)):
        new = new.operand
    elif isinstance(new, ast.IfExp):
        new.body, new.orelse = new.orelse, new.body
    elif isinstance(new, ast.Return) and not isinstance(new.value, (ast.Constant, type(None))):
        new.value = ast.Constant(None)
    else:
        return None
    return new


class Replaced(ast.NodeTransformer):
    """A tree with another node in the place of one."""

    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self._old, self._new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self._new if node is self._old else self.generic_visit(node)


def nodes(module: Path) -> list[ast.AST]:
    """Returns all nodes of a module's syntax tree, the module itself first."""
    return list(ast.walk(ast.parse((ROOT / PACKAGE / module).read_text(encoding="utf-8"))))


def mutants(module: Path) -> Iterator[Mutant]:
    for place, node in enumerate(nodes(module)):
        new = changed(node)
        if new:
            yield Mutant(module, place, node.lineno, ast.unparse(node), ast.unparse(new))


def source(mutant: Mutant) -> str:
    """Returns the whole module with the change."""
    tree, *others = nodes(mutant.module)
    old = others[mutant.place - 1]
    return ast.unparse(Replaced(old, changed(old)).visit(tree))


def tests_of(module: Path, fast_only: bool) -> list[Path]:
    """Returns the test files that know a module, in their order: those that name it, other fast ones, the slower."""
    fast = sorted((ROOT / "tests" / module.parent.name).glob("test_*.py"))
    fast.sort(key=lambda path: module.stem not in path.read_text(encoding="utf-8"))
    slower = OF_FORECASTS if module.parent.name == "forecast" else SLOWER.get(module.stem, [])
    return [*(path.relative_to(ROOT) for path in fast), *(Path("tests", name) for name in slower if not fast_only)]


def functions(owner: Any) -> Iterator[FunctionType]:
    """Yields the functions that a module or a class defines, with those of its classes and properties, in order."""
    name = owner.__name__ if isinstance(owner, ModuleType) else owner.__module__
    for value in list(vars(owner).values()):
        value = inspect.unwrap(value.fget if isinstance(value, property) else value)
        if isinstance(value, FunctionType) and value.__module__ == name:
            yield value
        elif isinstance(value, type) and value.__module__ == name:
            yield from functions(value)


def put_in(mutant: Mutant, text: str) -> None:
    """Changes the module where it is already imported: what its functions do, and its constants wherever they are."""
    name = ".".join(("openrouter_usage", *mutant.module.with_suffix("").parts))
    module, new = importlib.import_module(name), ModuleType(name)
    exec(compile(text, name, "exec"), vars(new))  # noqa: S102 (it is our own module, but for one place)
    for old, function in zip(functions(module), functions(new)):
        old.__code__, old.__defaults__ = function.__code__, function.__defaults__
    for constant, value in vars(new).items():
        if constant.isupper() and value != getattr(module, constant):
            for user in [one for one in sys.modules.values() if one.__name__.startswith("openrouter_usage.")]:
                if constant in vars(user):
                    setattr(user, constant, value)


class Mutation:
    """A plugin of pytest which runs the collected tests once for each mutant, instead of once."""

    def __init__(self, sample: Sequence[Mutant], folder: Path, fast_only: bool) -> None:
        self._sample, self._folder, self._fast_only = sample, folder, fast_only
        self.killed = 0

    def pytest_runtestloop(self, session: Any) -> bool:
        importlib.import_module("conftest").shared_cache()  # made once: a forked process does not remove its own
        if not in_another_process(lambda: passes(session, session.items)):
            session.shouldfail = "The tests fail without any change, and so tell nothing of one"
            raise session.Failed(session.shouldfail)
        for mutant in self._sample:
            if in_another_process(lambda one=mutant: self._survives(session, one)):
                print(
                    f"{mutant.module}:{mutant.line}: {mutant.before}  ->  {mutant.after}", file=sys.stderr, flush=True
                )
            else:
                self.killed += 1
            shutil.copyfile(ROOT / PACKAGE / mutant.module, self._folder / PACKAGE / mutant.module)
        return True

    def _survives(self, session: Any, mutant: Mutant) -> bool:
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
        text = source(mutant)
        (self._folder / PACKAGE / mutant.module).write_text(text, encoding="utf-8")  # for the program
        put_in(mutant, text)  # for the tests
        paths = [self._folder / test for test in tests_of(mutant.module, self._fast_only)]
        return passes(session, [item for path in paths for item in session.items if item.path == path])


def in_another_process(answer: Callable[[], bool]) -> bool:
    """Returns the answer of a forked process; one that raises, or is killed, answers no."""
    process = os.fork()
    if process:
        return os.waitpid(process, 0)[1] == 0
    try:
        os._exit(0 if answer() else 1)
    finally:
        os._exit(1)


def passes(session: Any, items: Sequence[Any]) -> bool:
    """Tells whether the tests pass; the first that fails ends them."""
    for item, following in zip(items, [*items[1:], None]):
        session.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            return False
    return True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "modules", nargs="*", type=Path, help="such as forecast/burn.py; without any, all of both folders"
    )
    parser.add_argument("--sample", type=int, default=100, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fast", action="store_true", help="without the slower tests, which start the program")
    args = parser.parse_args()
    both = [*(ROOT / PACKAGE / "figures").glob("*.py"), *(ROOT / PACKAGE / "forecast").glob("*.py")]
    modules = args.modules or sorted(path.relative_to(ROOT / PACKAGE) for path in both)
    every = [mutant for module in modules for mutant in mutants(module)]
    sample = random.Random(args.seed).sample(every, min(args.sample, len(every)))  # noqa: S311 (it keeps no secret)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "copy")
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", "__pycache__"))
        killed = run(sample, folder, args.fast)
    print(f"{killed} of {len(sample)} mutants killed ({killed / len(sample):.0%}), of {len(every)} that there are")


def run(sample: Sequence[Mutant], folder: Path, fast_only: bool) -> int:
    """Returns how many mutants of the sample are killed by the tests of the folder, a copy of this one."""
    import hypothesis
    import pytest

    unshrunk = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    hypothesis.settings.register_profile("unshrunk", database=None, deadline=None, phases=unshrunk)
    os.chdir(folder)
    tests = sorted({str(test) for mutant in sample for test in tests_of(mutant.module, fast_only)})
    options = ["-p", "no:xdist", "-p", "no:terminal", "-W", "ignore:Module already imported", "--hypothesis-seed=0"]
    mutation = Mutation(sample, folder, fast_only)
    if pytest.main([*options, "--hypothesis-profile=unshrunk", *tests], plugins=[mutation]):
        raise SystemExit("Error: the tests fail without any change, and so tell nothing of one")
    return mutation.killed


if __name__ == "__main__":
    main()
