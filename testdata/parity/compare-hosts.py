#!/usr/bin/env python3
"""Compares what Kamal and dhow did on imitated hosts, command by command, and prints agreeing / all.

    compare-hosts.py [--some] EXPLAINED TABLES CASE=KAMALS_RECORD=DHOWS_RECORD…

Compared are: whether the command succeeded; what Docker and other programs were asked on each host that changes
something (in no order, with random parts and times taken out); what was only looked at, where Kamal's command is one
that looks; what images were built from, and what hooks were told, but for what dhow tells besides; the files that lie on
the hosts afterwards, where the command has changed them; and of commands that scripts read (`$`) the exit code and each
line of the standard output.
EXPLAINED has a line for each kind of difference: whose it is, a regular expression for the line of the difference, and
the row in TABLES (docs/compatibility.md). A command whose differences are all explained counts as explained; others fail
the comparison, and so does an explanation that explains nothing, unless these are but some of the cases.
"""
import base64
import collections
import difflib
import json
import re
import sys

LOOKS = re.compile(
    r"pack (version|builder inspect)\b|docker (version|--version|info|ps|images|inspect|-v|(container|image|network|volume|buildx|context) (ls|inspect|version)|buildx ls"
    r"|exec kamal-proxy kamal-proxy list)\b")
# What dhow tells every hook besides (docs/compatibility.md, "Hooks" and "Versions").
TOLD_BESIDES = {"KAMAL_SUBCOMMAND", "VERSION"}
# The image by which Kamal finds out what Docker takes from the folder.
THROWN_AWAY = "kamal-local-build-check"
# What takes no value among the options of a build.
SWITCHES = {"--no-cache", "--clear-cache", "--pull", "--load", "--push"}
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
    (re.compile(r"\x1b\[[0-9;]*m"), ""),
    (re.compile(r"\b(KAMAL_RUNTIME=)\d+\b"), r"\1N"),
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


def with_names(row, text):
    """Containers by their names, wherever an identifier stands."""
    return re.sub(r"\b([0-9a-f]{64}|[0-9a-f]{12})\b", lambda it: row["names"].get(it[0], it[0]), text)


def plain(text):
    for pattern, instead in TAKEN_OUT:
        text = pattern.sub(instead, text)
    return text


def asked(row):
    """What each host was asked, as changes and as looks."""
    changes, looks = collections.Counter(), collections.Counter()
    for event in row["events"]:
        host = event["host"]
        if event["event"] == "build" and THROWN_AWAY not in event["tags"]:
            changes.update(f"{host} build of {name} {content}" for name, content in event["files"].items())
            changes.update(f"{host} build with the secret {name}={value}" for name, value in event["secrets"].items())
            changes.update([f"{host} build without a client's token"] * event["without_token"])
        if event["event"] == "hook":
            hook = event["hook"]
            # It comes once, before anybody is connected to.
            hook += " again" if changes[f"{host} hook pre-connect"] and hook == "pre-connect" else ""
            changes[f"{host} hook {hook}"] += 1
            told = event["variables"].items()
            changes.update(plain(f"{host} hook {hook} {name}={value}") for name, value in told if name not in TOLD_BESIDES)
        if event["event"] != "call":
            continue
        words = in_one_spelling([event["program"], *event["words"]])
        if f"-t={THROWN_AWAY}" in words:
            changes[f"{host} docker buildx build -t={THROWN_AWAY}"] += 1
            continue
        if words[:3] == ["docker", "buildx", "build"] or words[:2] == ["pack", "build"]:
            changes.update(plain(f"{host} {line}") for line in build_options(words))
            continue
        is_look = LOOKS.match(" ".join(words))
        words = [with_names(row, word) for word in words]
        if is_look or words[:2] == ["docker", "logs"]:
            words = words[:2] + sorted(words[2:])  # the order of flags is nobody's matter
        words = " ".join(repr(word) if re.search(r"\s|^$", word) else word for word in words)
        (looks if is_look else changes)[f"{host} {plain(words)}"] += 1
    return changes, looks


def build_options(words):
    """A line for a build and one for each of its options, so that one that differs hides no other."""
    program = " ".join(words[:words.index("build") + 1])
    yield program
    rest = iter(words[words.index("build") + 1:])
    for word in rest:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            yield f"{program}: {word}"
        elif name in SWITCHES:
            yield f"{program}: {word}"
        else:
            yield f"{program}: {name} {value if equals else next(rest)}"


def printed(row):
    """The lines, with the answers of hosts in one order: Kamal prints them as they come."""
    lines = [plain(with_names(row, line)).rstrip() for line in row["printed"].splitlines()]
    answers = sorted("\n".join(lines).split("\n\n"))
    return "\n\n".join(answers).splitlines()


def read_by_scripts(kamal, dhow):
    """The exit code, and what stands on other lines of the standard output, in its order."""
    if kamal["code"] != dhow["code"]:
        yield "kamal", f"exits with {kamal['code']}: {kamal['line'][2:]}"
        yield "dhow", f"exits with {dhow['code']}: {dhow['line'][2:]}"
    for line in difflib.ndiff(printed(kamal), printed(dhow)):
        if line[0] in "-+":
            yield ("kamal" if line[0] == "-" else "dhow"), f"prints {line[2:]}"


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
    if kamal["line"].startswith("$"):
        yield from read_by_scripts(kamal, dhow)
    elif (kamal["code"] == 0) != (dhow["code"] == 0):
        yield "kamal", f"ends with {kamal['code']}: {kamal['line']}"
        yield "dhow", f"ends with {dhow['code']}: {dhow['line']}"
    (changes, looks), (other_changes, other_looks) = asked(kamal), asked(dhow)
    pairs = [(changes, other_changes), (changed_files(kamal, before[0]), changed_files(dhow, before[1]))]
    for one, other in pairs:
        for tool, more, less in ("kamal", one, other), ("dhow", other, one):
            for line in sorted((more - less).elements()):
                hook = re.match(r"(here hook [a-z-]+(?: again)?)( .*)?$", line)
                if hook and not hook[2]:
                    line = f"{line}: {kamal['line']}"
                if not hook or not hook[2] or less[hook[1]]:  # of a hook that the other does not call nothing else is told
                    yield tool, line
    if all(line.startswith("here hook ") for line in changes):
        # How often one looks is nobody's matter; what dhow looks at besides neither.
        for line in sorted(looks.keys() - other_looks.keys()):
            yield "kamal", line


def main():
    some, (explained, tables, *cases) = "--some" in sys.argv, [word for word in sys.argv[1:] if word != "--some"]
    rows, rules = {line.split("|")[1].strip() for line in open(tables) if line.startswith("|")}, []
    for line in open(explained):
        if line.strip() and not line.startswith("#"):
            tool, pattern, row = line.rstrip("\n").split("\t")
            if row not in rows:
                sys.exit(f"{tables} has no row \"{row}\"")
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
