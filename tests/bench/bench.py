"""Prints the figures of the programs in a folder:  bench.py WHAT BINARIES [--quick]

WHAT is spine, far, scale, kernels, digits, durability, security, watch, peers or all.
scripts/bench builds the programs and calls this."""
import argparse
import importlib
import os
import pathlib
import platform
import signal
import sys


PARTS = ["spine", "far", "scale", "kernels", "digits", "durability", "security", "watch", "peers"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=[*PARTS, "all"])
    parser.add_argument("binaries", type=pathlib.Path)
    parser.add_argument("--quick", action="store_true")
    given = parser.parse_args()
    for number in (signal.SIGTERM, signal.SIGHUP):  # So that started processes are ended.
        signal.signal(number, lambda caught, _: sys.exit(128 + caught))
    parts = PARTS if given.what == "all" else [given.what]
    for part in parts:
        load = os.getloadavg()[0]
        print(f"== {part}, {os.cpu_count()} CPUs {platform.machine()}, load {load:.2f}", flush=True)
        importlib.import_module(part).measure(given.binaries.resolve(), given.quick)


if __name__ == "__main__":
    try:
        main()
    except RuntimeError as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
