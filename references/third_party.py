#!/usr/bin/env python3
"""Writes crates/cli/assets/THIRD-PARTY.md: every crate inside the inscape program, with version, license and source, and the
text of one license of each, as the crate's own package has it; equal texts stand once, with the copyright lines of all.

    python3 references/third_party.py

Run it after a change of dependencies. Reads `cargo metadata` and the packages it names; needs nothing else.
"""

import json
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
STANDARD = {"MIT": ROOT / "LICENSE-MIT"}
# Where a crate offers several, the first of these is taken: short ones, which ask for no more than their own text.
CHOICE = ["MIT", "BSD-2-Clause", "BSD-3-Clause", "Zlib", "0BSD", "ISC", "Unicode-3.0", "Apache-2.0"]
# What a license's file is called, and how its terms begin after the copyright lines.
FILES = {"MIT": "mit", "BSD-2-Clause": "bsd", "BSD-3-Clause": "bsd", "Zlib": "zlib", "Unicode-3.0": "unicode", "Apache-2.0": "apache", "ISC": "isc"}
TERMS = {"MIT": "Permission is hereby granted", "BSD-2-Clause": "Redistribution and use", "BSD-3-Clause": "Redistribution and use",
         "Zlib": "This software is provided", "ISC": "Permission to use, copy, modify"}
TITLE = re.compile(r"(#* *)?(the )?(mit|zlib|bsd( [23]-clause)?)?( license)?( \(mit\))?", re.I)


def inside():
    """The packages compiled into the program on one platform or another."""
    meta = json.loads(subprocess.check_output(["cargo", "metadata", "--format-version=1", "--locked"], cwd=ROOT))
    packages = {p["id"]: p for p in meta["packages"]}
    nodes = {n["id"]: n for n in meta["resolve"]["nodes"]}
    members = set(meta["workspace_members"])
    todo = [p for p in members if packages[p]["name"] == "inscape-cli"]
    seen = set()
    while todo:
        package = todo.pop()
        if package not in seen:
            seen.add(package)
            deps = nodes[package]["deps"]
            todo += [dep["pkg"] for dep in deps if any(kind["kind"] is None for kind in dep["dep_kinds"])]
    return sorted((packages[p] for p in seen - members), key=lambda p: (p["name"], p["version"]))


def chosen(expression):
    """Of every part that must hold, the first of CHOICE that it offers."""
    parts = re.split(r"\s+AND\s+", expression)
    offers = [re.split(r"\s+OR\s+|\s*/\s*", part.strip("()")) for part in parts]
    return [next(name for name in CHOICE if name in offer) for offer in offers]


def text_of(package, name):
    """The text of a license in a package, or None where the package has none."""
    folder = pathlib.Path(package["manifest_path"]).parent
    files = [f for f in sorted(folder.iterdir()) if re.match(r"licen[sc]e|copying", f.name, re.I) and f.is_file()]
    named = [f for f in files if FILES.get(name, name).lower() in f.name.lower() and "llvm" not in f.name.lower()]
    plain = [f for f in files if re.fullmatch(r"(licen[sc]e|copying)(\.(md|txt))?", f.name, re.I)]
    found = (named + plain)[:1]
    return found[0].read_text(encoding="utf-8").replace("\r", "") if found else None


def parted(text, name):
    """Copyright lines and terms; no lines where they cannot be told from the terms."""
    start = text.find(TERMS[name]) if text.count(TERMS.get(name, "\0")) == 1 else 0
    lines = [line.strip() for line in text[:start].splitlines()]
    return [line for line in lines if line and not TITLE.fullmatch(line)], text[start:].strip("\n")


def main():
    packages = inside()
    lines = [
        "## Rust crates",
        "",
        "Compiled into the program on one platform or another; made by `python3 references/third_party.py`. The texts of the licenses follow.",
        "",
        "| crate | version | license | source |",
        "|---|---|---|---|",
    ]
    texts = {}
    for p in packages:
        lines.append(f"| {p['name']} | {p['version']} | {p['license']} | {p['repository'] or ''} |")
        for name in chosen(p["license"]):
            text = text_of(p, name)
            if text is None:
                holders, terms = p["authors"], parted(STANDARD[name].read_text(), name)[1]
                notices = [f"by its manifest: {', '.join(holders) or 'no authors named'}; its package holds no text"]
            else:
                notices, terms = parted(text, name)
            key = (CHOICE.index(name), re.sub(r"[\s\"“”*#]+", " ", terms).strip().lower())
            texts.setdefault(key, (name, terms, []))[2].append((f"{p['name']} {p['version']}", notices))
    rust = "Copyright (c) The Rust Project Contributors"
    key = (0, re.sub(r"[\s\"“”*#]+", " ", parted(STANDARD["MIT"].read_text(), "MIT")[1]).strip().lower())
    texts[key][2].append(("the Rust standard library", [rust]))
    for _, (name, terms, users) in sorted(texts.items(), key=lambda item: (item[0][0], -len(item[1][2]), item[0][1])):
        lines += ["", f"## {name}", ""]
        lines += [f"- {user}" + (": " + "; ".join(notices) if notices else "") for user, notices in users]
        lines += [""] + [f"    {line.rstrip()}".rstrip() for line in terms.splitlines()]
    path = ROOT / "crates/cli/assets/THIRD-PARTY.md"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(packages)} crates, {len(texts)} texts, {path.stat().st_size / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
