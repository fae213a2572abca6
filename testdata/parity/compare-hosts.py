#!/usr/bin/env python3
"""Compares what Kamal and dhow did on imitated hosts, command by command, and prints agreeing / all.

    compare-hosts.py [--some] EXPLAINED CASE=KAMALS_RECORD=DHOWS_RECORD…

Compared are: whether the command succeeded; what Docker and other programs were asked on each host that changes
something (in no order, with random parts and times taken out); what was only looked at, where Kamal's command is one
that looks; and the files that lie on the hosts afterwards, where the command has changed them. EXPLAINED has a line for
each kind of difference: whose it is, a regular expression for the line of the difference, and the number of its row in
docs/compatibility.md. A command whose differences are all explained counts as explained; others fail the comparison, and
so does an explanation that explains nothing, unless these are but some of the cases.
"""
import base64
import collections
import json
import re
import sys

LOOKS = re.compile(
    r"docker (version|info|ps|images|inspect|-v|(container|image|network|volume|buildx|context) (ls|inspect|version)|buildx ls"
    r"|exec kamal-proxy kamal-proxy list)\b")
SYNONYMS = [
    (["docker", "container", verb], ["docker", verb]) for verb in ("rm", "start", "stop", "restart", "run", "create", "cp", "logs")
] + [
    (["docker", "container", "ls"], ["docker", "ps"]),
    (["docker", "image", "rm"], ["docker", "rmi"]),
    (["docker", "image", "pull"], ["docker", "pull"]),
]
TAKEN_OUT = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"(_replaced_|_uncommitted_)[0-9a-f]{16}\b"), r"\1HEX"),
    (re.compile(r"(--hostname \S+?-)[0-9a-f]{12}\b"), r"\1HEX"),
    (re.compile(r"(-exec-\S*?-)[0-9a-f]{6}\b"), r"\1HEX"),
    (re.compile(r"/srv/imitation/hosts/[0-9.]+/home"), "HOME"),
]


def read(path):
    rows, names = [], {}
    for line in open(path):
        row = json.loads(line)
        for event in row["events"]:
            if event["event"] == "unknown":
                sys.exit(f"the imitated docker does not know {event['words']}, asked by {row['line']}")
            if event["event"] == "made":
                names[event["id"]] = names[event["id"][:12]] = plain(event['name'])
        row["names"] = dict(names)
        rows.append(row)
    return rows


def in_one_spelling(words):
    """A command with the short names of Docker's commands."""
    for long, short in SYNONYMS:
        if words[:len(long)] == long:
            return short + words[len(long):]
    return words


def plain(text):
    for pattern, instead in TAKEN_OUT:
        text = pattern.sub(instead, text)
    return text


def asked(row):
    """What each host was asked, as changes and as looks."""
    changes, looks = collections.Counter(), collections.Counter()
    for event in row["events"]:
        if event["event"] != "call":
            continue
        words = in_one_spelling([event["program"], *event["words"]])
        is_look = LOOKS.match(" ".join(words))
        words = [re.sub(r"\b([0-9a-f]{64}|[0-9a-f]{12})\b", lambda it: row["names"].get(it[0], it[0]), word) for word in words]
        if is_look or words[:2] == ["docker", "logs"]:
            words = words[:2] + sorted(words[2:])  # the order of flags is nobody's matter
        words = " ".join(repr(word) if re.search(r"\s|^$", word) else word for word in words)
        (looks if is_look else changes)[f"{event['host']} {plain(words)}"] += 1
    return changes, looks


def changed_files(row, before):
    """What a command did to files: path, mode and lines that are new, and paths that are gone."""
    lines = collections.Counter()
    for path, (mode, text) in row["files"].items():
        if text and re.search(r"/lock-[^/]+/details$", path):
            text = base64.b64decode(text).decode()
        old = before.get(path)
        if old == [mode, text]:
            continue
        if not old or old[0] != mode:
            lines[plain(f"{'folder' if text is None else 'file'} {path} {mode}")] += 1
        known = collections.Counter((old[1] or "").splitlines()) if old else collections.Counter()
        for line in (collections.Counter((text or "").splitlines()) - known).elements():
            lines[plain(f"line {path}: {line}")] += 1
    for path in before.keys() - row["files"].keys():
        lines[plain(f"gone {path}")] += 1
    return lines


def differences(kamal, dhow, before):
    if (kamal["code"] == 0) != (dhow["code"] == 0):
        yield "kamal", f"ends with {kamal['code']}"
        yield "dhow", f"ends with {dhow['code']}"
    (changes, looks), (other_changes, other_looks) = asked(kamal), asked(dhow)
    pairs = [(changes, other_changes), (changed_files(kamal, before[0]), changed_files(dhow, before[1]))]
    for one, other in pairs:
        for tool, more, less in ("kamal", one, other), ("dhow", other, one):
            for line in sorted((more - less).elements()):
                yield tool, line
    if not changes:
        # How often one looks is nobody's matter; what dhow looks at besides neither.
        for line in sorted(looks.keys() - other_looks.keys()):
            yield "kamal", line


def main():
    some, (explained, *cases) = "--some" in sys.argv, [word for word in sys.argv[1:] if word != "--some"]
    rules = []
    for line in open(explained):
        if line.strip() and not line.startswith("#"):
            tool, pattern, row = line.rstrip("\n").split("\t")
            rules.append((tool, re.compile(pattern), row))
    used, totals = set(), collections.Counter()
    for case in cases:
        name, *paths = case.split("=")
        before = {}, {}
        for kamal, dhow in zip(*map(read, paths)):
            told, open_ones = [], 0
            for tool, line in differences(kamal, dhow, before):
                rule = next((rule for rule in rules if rule[0] in (tool, "both") and rule[1].search(line)), None)
                if rule:
                    used.add(rule)
                open_ones += rule is None
                told.append(f"    {tool:6}{line}   [{rule[2] if rule else 'not explained'}]")
            verdict = "agrees" if not told else "explained" if not open_ones else "DIFFERS"
            totals[verdict] += 1
            print(f"{verdict:10}{name}: {kamal['line']}")
            print("\n".join(told), end="\n" if told else "")
            before = kamal["files"], dhow["files"]
    for rule in rules:
        if rule not in used and not some:
            totals["idle"] += 1
            print(f"explains nothing: {rule[0]} {rule[1].pattern}")
    every = totals["agrees"] + totals["explained"] + totals["DIFFERS"]
    print(f"{totals['agrees']} of {every} commands agree in everything, {totals['explained']} more differ as docs/compatibility.md "
          f"says, {totals['DIFFERS']} otherwise")
    sys.exit(1 if totals["DIFFERS"] or totals["idle"] else 0)


main()
