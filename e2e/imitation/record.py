#!/usr/bin/env python3
"""Runs a case's commands with one tool against imitated hosts, from inside their namespace, and writes down what each did.

    record.py TOOL COMMANDS RECORD

COMMANDS has a command line on each line; `@commit` makes a commit first, `{2}` stands for the second commit. Lines that
begin with `#` are for readers. RECORD gets a line of JSON for each command.
"""
import json
import os
import shlex
import stat
import subprocess
import sys
import time

tool, commands, record = sys.argv[1:4]
PLACE = "/srv/imitation"
commits = []


def commit():
    number = len(commits) + 1
    date = f"2026-01-{number:02}T00:00:00Z"
    # The same author and date on both sides, so that versions have the same names.
    env = os.environ | {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    for words in ["add", "--all"], ["commit", "--quiet", "--allow-empty", "--message", f"Change {number}"]:
        subprocess.run(["git", *words], check=True, env=env)
    commits.append(subprocess.run(["git", "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip())


def files():
    """Every file and folder of each host, with its mode, and its text."""
    found = {}
    hosts = f"{PLACE}/hosts"
    for host in sorted(os.listdir(hosts)):
        home = f"{hosts}/{host}/home"
        for folder, _, names in os.walk(home):
            for path in [folder, *(f"{folder}/{name}" for name in names)]:
                if path == home:
                    continue
                mode = f"{stat.S_IMODE(os.lstat(path).st_mode):04o}"
                text = None if os.path.isdir(path) else open(path, errors="replace").read()
                found[f"{host} {os.path.relpath(path, home)}"] = [mode, text]
    return found


def journal():
    """What was noted, as soon as every request has ended: a shell may outlive the tool that started it."""
    late = time.monotonic() + 20
    while True:
        lines = open(f"{PLACE}/journal").read().split("\n")
        events = [json.loads(line) for line in lines[:-1]]
        running = {it["request"] for it in events if it["event"] == "exec"} - {it["request"] for it in events if it["event"] == "end"}
        if not lines[-1] and (not running or time.monotonic() > late):
            return events
        time.sleep(0.02)


commit()
with open(record, "w") as out:
    for line in open(commands):
        line = line.strip()
        if line == "@commit":
            commit()
        if not line or line[0] in "@#":
            continue
        os.truncate(f"{PLACE}/journal", 0)
        words = [word.format(*[""] + commits) if word.startswith("{") else word for word in shlex.split(line)]
        run = subprocess.run([tool, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=120)
        row = {"line": line, "code": run.returncode, "out": run.stdout + run.stderr, "events": journal(), "files": files()}
        print(json.dumps(row), file=out, flush=True)
