#!/usr/bin/env python3
"""Times deploys of one tool against imitated hosts, from inside their namespace, and adds a line of JSON for each run.

    measure.py ROWS TOOL PROGRAM HOSTS RUNS [--memory]

Every measured run is `deploy --skip-push` of a new version beside a running one. `--memory` also watches what the
tool's `ssh` processes hold, which costs time.
"""
import collections
import json
import os
import sys
import threading
import time

rows, tool, program, hosts, runs = sys.argv[1:6]
hosts, runs, watch_memory = int(hosts), int(runs), "--memory" in sys.argv
PLACE = "/srv/imitation"
DROPPED = "MaxStartups throttling", "drop connection", "Connection closed by authenticating", "Connection reset by"


def held_by_ssh():
    """Megabytes of all `ssh` processes, what they share counted once."""
    total = 0
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and open(f"/proc/{entry}/comm").read() == "ssh\n":
                lines = open(f"/proc/{entry}/smaps_rollup")
                total += next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
        except OSError:  # it has ended
            pass
    return total / 1024


def run(*words, watched=False):
    """Seconds, CPU seconds, megabytes of the tool at its peak and of its connections, exit code."""
    over, peak = threading.Event(), [0.0]

    def watch():
        while not over.wait(2):
            peak[0] = max(peak[0], held_by_ssh())

    watcher = threading.Thread(target=watch)
    out = os.open(PLACE + "/output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    began = time.monotonic()
    child = os.posix_spawn(program, [program, *words], os.environ, file_actions=[
        (os.POSIX_SPAWN_DUP2, nowhere, 0), (os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)])
    if watched:
        watcher.start()
    _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - began
    over.set()
    if watched:
        watcher.join()
    os.close(out)
    os.close(nowhere)
    return {"seconds": seconds, "cpu": usage.ru_utime + usage.ru_stime, "peak_mb": usage.ru_maxrss / 1024,
            "ssh_mb": peak[0], "code": os.waitstatus_to_exitcode(status)}


def forget():
    for name in "journal", "sshd.log":
        os.truncate(f"{PLACE}/{name}", 0)


def counted():
    events = [json.loads(line) for line in open(PLACE + "/journal")]
    requests = collections.Counter(it["host"] for it in events if it["event"] == "exec")
    log = open(PLACE + "/sshd.log", errors="replace").read().splitlines()
    connections = collections.Counter(line.split(" on ")[1].split()[0] for line in log if line.startswith("Connection from"))
    unknown = [it["words"] for it in events if it["event"] == "unknown"]
    if unknown:
        sys.exit(f"measure: the imitated docker does not know {unknown[0]}")
    return {"requests": sum(requests.values()), "most_requests": max(requests.values(), default=0),
            "connections": sum(connections.values()), "most_connections": max(connections.values(), default=0),
            "dropped": sum(any(words in line for words in DROPPED) for line in log)}


def timeline(began):
    """When the first host was asked what, in milliseconds."""
    events = [json.loads(line) for line in open(PLACE + "/journal")]
    ends = {it["request"]: it["at"] for it in events if it["event"] == "end"}
    for it in events:
        if it["event"] == "exec" and it["host"] == "10.1.0.1":
            begin, end = it["at"] / 1000 - began * 1000, ends.get(it["request"], it["at"]) / 1000 - began * 1000
            yield [round(begin), round(end - begin)]


def must(*words):
    if run(*words)["code"]:
        sys.stderr.write(open(PLACE + "/output").read()[-2000:])
        sys.exit(f"measure: {tool} {' '.join(words)} failed")


must("setup", "-P", "--version=v0")
must("deploy", "-P", "--version=v00")
for number in range(runs):
    forget()
    began = time.time()
    row = run("deploy", "-P", f"--version=v{number + 1}", watched=watch_memory)
    row |= counted()
    row |= {"tool": tool, "hosts": hosts, "delay": float(os.environ["DELAY"] or -1), "timeline": list(timeline(began))}
    with open(rows, "a") as file:
        print(json.dumps(row), file=file)
    if row["code"]:
        sys.stderr.write(open(PLACE + "/output").read()[-2000:])
