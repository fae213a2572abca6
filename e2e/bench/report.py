#!/usr/bin/env python3
"""Prints what measure.py has measured: medians, counts, ratios to the floor, and time = a + b × round trip.

    report.py ROWS
"""
import collections
import json
import statistics
import sys

rows = collections.defaultdict(list)
for line in open(sys.argv[1]):
    row = json.loads(line)
    rows[row["tool"], row["hosts"], row["delay"]].append(row)


def median(key, what):
    return statistics.median(row[what] for row in rows[key])


def best_line(points):
    """The a and b of the line through points with the least squares."""
    mean_x, mean_y = (statistics.mean(values) for values in zip(*points))
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    return mean_y - slope * mean_x, slope


def table(title, keys):
    print(f"\n{title}")
    print(f"{'tool':8}{'hosts':>6}{'RTT ms':>8}{'runs':>6}{'median s':>10}{'min':>8}{'max':>8}{'× floor':>9}{'CPU s':>8}"
          f"{'peak MB':>9}{'requests':>10}{'a host':>8}{'connections':>13}{'a host':>8}{'failed':>8}")
    for key in keys:
        tool, hosts, delay = key
        times = [row["seconds"] for row in rows[key]]
        floor = ("floor", hosts, delay)
        ratio = f"{statistics.median(times) / median(floor, 'seconds'):.2f}" if floor in rows else "-"
        print(f"{tool:8}{hosts:6}{'-' if delay < 0 else f'{delay:.0f}':>8}{len(times):6}{statistics.median(times):10.2f}"
              f"{min(times):8.2f}{max(times):8.2f}{ratio:>9}{median(key, 'cpu'):8.2f}{median(key, 'peak_mb'):9.0f}"
              f"{median(key, 'requests'):10.0f}{median(key, 'most_requests'):8.0f}{median(key, 'connections'):13.0f}"
              f"{median(key, 'most_connections'):8.0f}{sum(row['code'] != 0 for row in rows[key]):8}")


def fits(keys):
    print("\ntime = a + b × round trip")
    points = collections.defaultdict(list)
    for key in keys:
        points[key[0], key[1]].append((key[2] / 1000, median(key, "seconds")))
    for (tool, hosts), line in points.items():
        if len(line) < 2:
            continue
        a, b = best_line(line)
        off = max(abs(y - a - b * x) for x, y in line)
        print(f"{tool:8}{hosts:4} hosts   a = {a:.2f} s   b = {b:5.1f}   (no median is further off than {off:.2f} s)")


def timelines(keys):
    for key in keys:
        if key[0] != "floor" and key[2] == max(it[2] for it in keys):
            row = sorted(rows[key], key=lambda it: it["seconds"])[len(rows[key]) // 2]
            parts = [f"{begin}+{lasts}" for begin, lasts in row["timeline"]]
            print(f"{key[0]}, {key[2]:.0f} ms: the first host's requests, begin+duration in ms: {' '.join(parts)}")


near = sorted(key for key in rows if key[2] < 0)
far = sorted(key for key in rows if key[2] >= 0)
if near:
    table("without delay", near)
if far:
    table("every packet between the deployer, the hosts and the registry held up", far)
    fits(far)
    timelines(far)
for key in near:
    held = max(row["ssh_mb"] for row in rows[key])
    if held:
        dropped = sum(row["dropped"] for row in rows[key])
        print(f"\n{key[0]}, {key[1]} hosts: {max(row['peak_mb'] for row in rows[key]):.0f} MB in itself, {held:.0f} MB in its ssh "
              f"processes; {dropped} connections turned away or broken off")
