"""Whole processes, cold: `inscape attribute` on the bundled model against captum_saliency.py, in turn.

    python compare_captum.py PICTURE --inscape target/release/inscape [--rounds 7]

Prints median wall seconds and peak memory (largest resident set) of each and the ratios.
"""

import argparse
import os
import pathlib
import statistics
import sys
import tempfile
import time


def measured(command):
    start = time.perf_counter()
    pid = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
    _, status, usage = os.wait4(pid, 0)
    if status != 0:
        sys.exit(f"failed: {command}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture")
    parser.add_argument("--inscape", default="target/release/inscape")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    peer = str(pathlib.Path(__file__).with_name("captum_saliency.py"))
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "captum": [sys.executable, peer, arguments.picture, f"{folder}/map.npy"],
            "inscape": [arguments.inscape, "attribute", arguments.picture, "--raw", "--force", "--quiet"]
            + ["--output", f"{folder}/out", "--threads", "2"],
        }
        runs = {name: [] for name in commands}
        for _ in range(arguments.rounds):
            for name, command in commands.items():
                runs[name].append(measured(command))
    table = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in runs.items()}
    for name, (seconds, mib) in table.items():
        print(f"{name}: {seconds:.3f} s, {mib:.0f} MiB")
    (a, b), (c, d) = table["captum"], table["inscape"]
    print(f"captum / inscape: time {a / c:.1f}, memory {b / d:.1f}")


if __name__ == "__main__":
    main()
