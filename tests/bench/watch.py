"""The cost of watching: a job in tiny chunks, with three dashboards open and without."""
import base64
import contextlib
import json
import os
import shutil
import socket
import statistics
import struct
import subprocess
import threading

from cluster import Cluster, cpu_seconds
from figures import ratios, show, show_ratio
from pairs import TINY, samples_for

VIEWERS = 3
JOB_SECONDS = 10


class Viewer:
    """An open dashboard: follows all workers and the newest job, and reads every frame."""

    def __init__(self, cluster):
        published = json.loads(cluster.connection_file.read_text())
        self.socket = socket.create_connection(
            ("127.0.0.1", int(published["dashboard"].rstrip("/").rsplit(":", 1)[1])))
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"Authorization: Bearer {published['observer_token']}\r\n\r\n".encode())
        self.stream = self.socket.makefile("rb")
        status = self.stream.readline()
        if b" 101 " not in status:
            raise RuntimeError(f"no WebSocket: {status}")
        while self.stream.readline() != b"\r\n":
            pass
        self.frames = self.bytes = 0
        self.followed = None
        self.reading = threading.Thread(target=self.read, daemon=True)
        self.reading.start()

    def follow(self, frame):
        workers = [row[0] for row in frame.get("workers", [])]
        jobs = [job["job"] for job in frame.get("jobs", [])]
        wish = {"jobs": [max(jobs)] if jobs else self.followed["jobs"] if self.followed else [],
                "workers": workers or (self.followed or {}).get("workers", [])}
        if wish == self.followed:
            return
        self.followed = wish
        text = json.dumps(wish).encode()
        head = bytes([0x81, 0xfe]) + struct.pack(">H", len(text)) + bytes(4)  # No mask.
        self.socket.sendall(head + text)

    def read(self):
        with contextlib.suppress(OSError, ValueError):  # It was closed.
            while True:
                head = self.stream.read(2)
                if len(head) < 2:
                    return
                size = head[1]
                if size == 126:
                    size, = struct.unpack(">H", self.stream.read(2))
                elif size == 127:
                    size, = struct.unpack(">Q", self.stream.read(8))
                text = self.stream.read(size)
                self.frames += 1
                self.bytes += size
                self.follow(json.loads(text))

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.reading.join()
        self.socket.close()


def measure_loads(binaries, quick):
    """The page in Chromium, each time without a cache."""
    page = binaries.parent / "scheduler" / "dashboard" / "page"
    chromium = shutil.which("chromium")
    if chromium is None or not (page / "browser" / "loads.mjs").exists():
        print("page load: not measured, for there is no chromium, or the build has no dashboard",
              flush=True)
        return
    answer = subprocess.run(
        ["node", "browser/loads.mjs", "3" if quick else "10"], cwd=page, check=True,
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PI_BIN": str(binaries), "PI_CHROMIUM": chromium})
    loads = json.loads(answer.stdout)
    show("bytes of a page load, compressed", loads["bytes"] / 1000, "kB", 1, at_most=300)
    for kind, most in (("loaded", 1000), ("live", None)):
        times = sorted(loads[kind + "_ms"])
        show(f"  time until the page is {kind}, median", statistics.median(times), "ms",
             at_most=most)
        print(f"  of {len(times)} loads: " + " ".join(f"{each:.0f}" for each in times), flush=True)


def measure(binaries, quick):
    measure_loads(binaries, quick)
    pairs = 3 if quick else 10
    with Cluster(binaries, workers=2) as cluster:
        job = (samples_for(cluster, 2 if quick else JOB_SECONDS), TINY)
        times, frames, sizes, costs = [], [], [], []

        def rate():
            before = cpu_seconds(cluster.scheduler)
            times.append(cluster.seconds_of_client("run", *job, "--quiet"))
            costs.append((cpu_seconds(cluster.scheduler) - before) / times[-1])
            return 1 / times[-1]

        def watched():
            viewers = [Viewer(cluster) for _ in range(VIEWERS)]
            found = rate()
            for viewer in viewers:
                viewer.close()
            frames.append(sum(viewer.frames for viewer in viewers) / VIEWERS / times[-1])
            sizes.append(sum(viewer.bytes for viewer in viewers) / VIEWERS / times[-1])
            return found

        found = ratios(pairs, watched, rate)
        show_ratio(f"throughput with {VIEWERS} dashboards, runs of {min(times):.1f} to "
                   f"{max(times):.1f} s", found, 98)
        alone, seen = costs[0::2], costs[1::2]
        show("  the scheduler's CPU time without them", 100 * sum(alone) / len(alone),
             "% of a core", 2)
        show("  and with them", 100 * sum(seen) / len(seen), "% of a core", 2)
        show("  frames a second for one of them", max(frames), "1/s", 2)
        show("  bytes a second for one of them", max(sizes) / 1000, "kB/s", 1, at_most=100)
