#!/usr/bin/env python3
"""Makes two network devices, deployer and fleet, and carries what enters one to the other half a round trip later.

    delay.py MILLISECONDS    the round trip; prints a line when both devices are there, then runs until it is killed

For kernels without netem. Whoever starts it moves `fleet` to another network namespace and gives both an address.
"""
import collections
import fcntl
import os
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000


def device(name):
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    return end


def main():
    half = float(sys.argv[1]) / 2000
    ends = device("deployer"), device("fleet")
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    print("ready", flush=True)
    waiting = collections.deque()  # all wait equally long, so the first to come is the first to go
    while True:
        wait = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for end in select.select(ends, (), (), wait)[0]:
            try:
                while True:
                    packet = os.read(end, 65536)
                    waiting.append((time.monotonic() + half, other[end], packet))
            except BlockingIOError:
                pass
            except OSError:  # the device has no address yet
                time.sleep(0.005)
        while waiting and waiting[0][0] <= time.monotonic():
            _, end, packet = waiting.popleft()
            try:
                os.write(end, packet)
            except OSError:  # as a network does with what it cannot carry
                pass


main()
