"""Workers far away: their share of the speed that they have nearby, through a proxy that delays."""
import contextlib
import heapq
import itertools
import selectors
import socket
import statistics
import sys
import time

from cluster import Cluster, running, wait_until
from figures import show

TARGETS = {100: 80, 300: 60}  # Milliseconds of round trip: percent of the near speed.


def relay(port, delay):
    """Forwards connections to the port of this machine, each byte `delay` seconds later."""
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    selector = selectors.DefaultSelector()
    selector.register(listener, selectors.EVENT_READ)
    other = {}
    due, order = [], itertools.count()
    while True:
        timeout = max(0, due[0][0] - time.monotonic()) if due else None
        for key, _ in selector.select(timeout):
            if key.fileobj is listener:
                caller, called = listener.accept()[0], socket.create_connection(("127.0.0.1", port))
                for one, two in ((caller, called), (called, caller)):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    other[one] = two
                    selector.register(one, selectors.EVENT_READ)
                continue
            with contextlib.suppress(OSError):
                data = key.fileobj.recv(1 << 16)
                heapq.heappush(due, (time.monotonic() + delay, next(order), key.fileobj, data))
                if data:
                    continue
            selector.unregister(key.fileobj)
        while due and due[0][0] <= time.monotonic():
            _, _, source, data = heapq.heappop(due)
            with contextlib.suppress(OSError):
                if data:
                    other[source].sendall(data)
                else:
                    other[source].shutdown(socket.SHUT_WR)


def rate_of(binaries, milliseconds, samples):
    """Samples per second of one new worker at this distance."""
    with Cluster(binaries) as cluster, contextlib.ExitStack() as parts:
        command = [binaries / "pi-worker", "--threads", "1"]
        if milliseconds:
            listening = cluster.folder / "relay"
            parts.enter_context(running(
                [sys.executable, __file__, cluster.port(), milliseconds / 2000], listening))
            wait_until(lambda: listening.exists() and listening.read_text().strip(),
                       "the proxy listens")
            command.append(f"tcp://127.0.0.1:{listening.read_text().strip()}")
        parts.enter_context(running(command, cluster.log, env=cluster.environment))
        wait_until(lambda: cluster.all_workers(), "the worker has joined")
        return cluster.run(samples)["samples_per_second"]


def measure(binaries, quick):
    with Cluster(binaries, workers=1) as cluster:
        samples = int(5 * cluster.run("1e9")["samples_per_second"])
    rounds = 1 if quick else 3
    for milliseconds, target in TARGETS.items():
        shares = []
        for _ in range(rounds):
            near = rate_of(binaries, 0, samples)
            shares.append(100 * rate_of(binaries, milliseconds, samples) / near)
        show(f"far workers: round trip of {milliseconds} ms, 5 s of work, of near speed",
             statistics.median(shares), "%", 1, at_least=target)


if __name__ == "__main__":
    relay(int(sys.argv[1]), float(sys.argv[2]))
