"""Runs the hostile trials: see `frame.py`. `python3 tests/run.py --hostile` starts it in the tests' environment."""

import os
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path += [TESTS, os.path.join(TESTS, "openrouter")]

from frame import main

sys.exit(main())
