#!/usr/bin/env python3
"""Writes crates/cli/assets/THIRD-PARTY.md: every crate inside the inscape program, with version, license and source.

    python3 references/third_party.py

Run it after a change of dependencies. Reads `cargo metadata`; needs nothing else.
"""
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
meta = json.loads(subprocess.check_output(
    ["cargo", "metadata", "--format-version=1", "--locked"], cwd=ROOT))
packages = {p["id"]: p for p in meta["packages"]}
nodes = {n["id"]: n for n in meta["resolve"]["nodes"]}
members = set(meta["workspace_members"])
todo = [p for p in members if packages[p]["name"] == "inscape-cli"]
seen = set()
while todo:
    package = todo.pop()
    if package in seen:
        continue
    seen.add(package)
    for dep in nodes[package]["deps"]:
        if any(kind["kind"] is None for kind in dep["dep_kinds"]):
            todo.append(dep["pkg"])
rows = sorted((packages[p] for p in seen - members), key=lambda p: (p["name"], p["version"]))
lines = [
    "## Rust crates",
    "",
    "Compiled into the program on one platform or another; made by `python3 references/third_party.py`. The text of each license is in the",
    "crate's own package.",
    "",
    "| crate | version | license | source |",
    "|---|---|---|---|",
]
for p in rows:
    lines.append(f"| {p['name']} | {p['version']} | {p['license'] or 'see ' + str(p['license_file'])} | {p['repository'] or ''} |")
(ROOT / "crates/cli/assets/THIRD-PARTY.md").write_text("\n".join(lines) + "\n")
print(len(rows), "crates")
