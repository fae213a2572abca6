#!/usr/bin/env python3
"""Runs a case's commands with one tool against imitated hosts, from inside their namespace, and writes down what each did.

    record.py TOOL COMMANDS RECORD

COMMANDS has a command line on each line. `$ LINE` is a command whose output scripts read: the tool is called by the name
`kamal`, so that its standard output can be compared. `% LINE` is typed at a terminal. `{2}` stands for the second commit.
Lines between the commands prepare what comes next: `@commit` makes a commit, `@here SHELL…` changes the project without
one, `@host ADDRESS SHELL…` does something on a host. Lines that begin with `#` are for readers. RECORD gets a line of JSON
for each command.
"""
import fcntl
import json
import os
import pty
import re
import shlex
import stat
import subprocess
import sys
import termios
import threading
import time

tool, commands, record = sys.argv[1:4]
PLACE = "/srv/imitation"
LIMIT = 120
commits = []
# What containers were called that were made between the commands.
made = []


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
            return [told(event) for event in events]
        time.sleep(0.02)


def told(event):
    """A hook's variables without those that everything here has."""
    if event["event"] == "hook":
        everywhere = {"PATH", "PWD", "OLDPWD", "SHLVL", "_", *os.environ}
        event["variables"] = {name: value for name, value in event["variables"].items() if name not in everywhere}
    return event


def under_the_name_of_kamal(words):
    folder = f"{PLACE}/tmp/called"
    os.makedirs(folder, exist_ok=True)
    if not os.path.lexists(f"{folder}/kamal"):
        os.symlink(tool, f"{folder}/kamal")
    return run_apart([f"{folder}/kamal", *words])


def run_apart(words):
    run = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=LIMIT)
    return run.returncode, run.stdout, run.stderr


def run_at_terminal(words):
    """Both streams are one there."""
    ours, theirs = pty.openpty()

    def take_it():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    run = subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=take_it)
    os.close(theirs)
    shown = bytearray()

    def read():
        try:
            while piece := os.read(ours, 65536):
                shown.extend(piece)
        except OSError:  # so a terminal says that nobody is left there
            pass

    reader = threading.Thread(target=read)
    reader.start()
    try:
        code = run.wait(LIMIT)
    finally:
        run.kill()
        reader.join()
        os.close(ours)
    return code, shown.decode(errors="replace"), ""


def prepare(words, line):
    if words == ["@commit"]:
        commit()
    elif words[0] == "@here":
        subprocess.run(line.split(maxsplit=1)[1], shell=True, check=True)
    elif words[0] == "@host":
        subprocess.run(["ssh", words[1], line.split(maxsplit=2)[2]], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
        made.extend(event for event in journal() if event["event"] == "made")
    else:
        sys.exit(f"record.py does not know {line}")


commit()
with open(record, "w") as out:
    for line in open(commands):
        line = line.strip()
        if not line or line[0] == "#":
            continue
        if line[0] == "@":
            os.truncate(f"{PLACE}/journal", 0)
            prepare(line.split(), line)
            continue
        os.truncate(f"{PLACE}/journal", 0)
        kind, rest = (line[0], line[1:]) if line[0] in "$%" else ("", line)
        words = [re.sub(r"^\{(\d+)\}$", lambda it: commits[int(it[1]) - 1], word) for word in shlex.split(rest)]
        run = {"": lambda it: run_apart([tool, *it]), "%": lambda it: run_at_terminal([tool, *it]), "$": under_the_name_of_kamal}
        code, printed, said = run[kind](words)
        row = {"line": line, "code": code, "printed": printed, "said": said, "events": made + journal(), "files": files()}
        made.clear()
        print(json.dumps(row), file=out, flush=True)
