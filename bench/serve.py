#!/usr/bin/env python3
"""Serves the fake OpenRouter over TLS until standard input ends: the other end of `cold_summary.py`.

It prints its address, and for each line that comes in how many connections and requests there were by then.
"""

import argparse
import ssl
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "openrouter")]

from conftest import NOW, house
from fake_openrouter import FakeOpenRouter


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("certificate", help="a file with a key and the chain of its certificates")
    parser.add_argument("delay", type=float, help="seconds by which each answer is late")
    args = parser.parse_args()
    context, handshakes = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []
    context.load_cert_chain(args.certificate)
    context.sni_callback = lambda *_: handshakes.append(1)
    fake = FakeOpenRouter(house(), now=NOW, certificate=context, delay=args.delay)
    with fake.serving():
        print(fake.address, flush=True)
        for _ in sys.stdin:
            print(len(handshakes), len(fake.asked), flush=True)


if __name__ == "__main__":
    main()
