"""The cost of keys and TLS against --insecure, 1,000 workers that reconnect at once, and strangers
who connect as fast as they can."""
import collections
import contextlib
import json
import pathlib
import re
import socket
import ssl
import statistics
import sys
import tempfile
import time

from cluster import Cluster, output_of, running, wait_until
from figures import show
from pairs import HUGE, show_flow, show_throughput, two_clusters
from site_certificates import make_site

INSECURE = ("--insecure",)
CROWD = 1000
HALF_OPEN = 900  # Handshakes.
SILENCE_SECONDS = 5  # Short, so that missed heartbeats show soon.
STRANGERS = pathlib.Path(__file__).with_name("strangers.py")
# Kind and connections a second.
ATTACKS = [("x25519", 3700), ("prime256v1", 2000), ("secp384r1", 520), ("chains-of-127", 21),
           ("chains-of-127", 60)]
# With --tls-ca the scheduler decodes chains of up to 8 KiB.
ATTACKS_ON_SITE = [("chains-of-33", 60), ("chains-of-127", 60)]


def show_cost(binaries, quick):
    with two_clusters(binaries, (), INSECURE, workers=2) as (secure, insecure):
        show_throughput(secure, insecure, 98, quick)
        show_delays(secure, insecure, quick)
    with two_clusters(binaries, (), INSECURE) as pair:
        for cluster in pair:
            cluster.client("submit", *HUGE)
        for sessions in (1, 2, 64):
            what = f"leases, one a call, {sessions} session{'s' * (sessions > 1)}"
            show_flow(what, *pair, (sessions, 0, 1000), 60, quick)
    with two_clusters(binaries, (), INSECURE, lease_target="0.02ms") as pair:
        for cluster in pair:
            cluster.client("submit", *HUGE)
        show_flow("leases, 64 a call, two sessions", *pair, (2, 0, 1000), 60, quick)


def show_delays(secure, insecure, quick):
    def whole(cluster):
        return 1e3 * cluster.seconds_of_client("run", "1e6", "1e6", "--quiet")

    pairs = [(whole(secure), whole(insecure)) for _ in range(10 if quick else 40)]
    show("pi-client 1e6 1e6 from start to exit, --insecure",
         statistics.median(clear for _, clear in pairs), "ms", 2)
    show("  with keys", statistics.median(tls for tls, _ in pairs), "ms", 2)
    show("  more by that", statistics.median(tls - clear for tls, clear in pairs), "ms", 2,
         at_most=10)

    def inside(cluster):
        return cluster.rpc_bench("latency", 200)["median"]

    pairs = [(inside(secure), inside(insecure)) for _ in range(3 if quick else 5)]
    show("one-chunk job inside a connected client, --insecure",
         statistics.median(clear for _, clear in pairs), "ms", 3)
    show("  with keys", statistics.median(tls for tls, _ in pairs), "ms", 3, at_most=1)


def show_wire(binaries, quick):
    printed = output_of([binaries / "wire_bench", 5 if quick else 25])
    found = {what: (float(clear), float(tls)) for what, clear, tls in re.findall(
        r"^(.*): clear ([\d.]+) ms, tls ([\d.]+) ms$", printed, re.MULTILINE)}
    clear, tls = found["connect"]
    show("a connection made, both ends, in clear", clear, "ms", 3)
    show("  with keys, by a handshake", tls, "ms", 3)
    for what, name in (("call in turn", "a call, one at a time"),
                       ("call at once", "a call of 200 pipelined")):
        clear, tls = found[what]
        show(f"{name}, both ends, in clear", 1e3 * clear, "us", 2)
        show("  over TLS", 1e3 * tls, "us", 2)


def show_crowd(binaries):
    """Kills the scheduler of workers that compute nothing, all in one process."""
    flags = ("--silence-timeout", f"{SILENCE_SECONDS}s")
    with Cluster(binaries, flags=flags) as cluster:
        cluster.client("submit", *HUGE)
        log = cluster.folder / "crowd"

        def times_all_in():
            return log.read_text().count(" are in")

        command = [binaries / "rpc_bench", "stay", CROWD, 300_000]
        with running(command, log, env=cluster.environment):
            wait_until(lambda: times_all_in() == 1, f"{CROWD} sessions have joined")
            time.sleep(1)  # All at work.
            cluster.kill_scheduler()
            begin = cluster.restart_scheduler()
            wait_until(lambda: times_all_in() == 2, f"{CROWD} sessions are back")
            took = time.perf_counter() - begin
            missed, most_unheard = watch(cluster, 2 * SILENCE_SECONDS)
            again = times_all_in() - 2
    show(f"kill -9 and restart until {CROWD:,} workers are back over TLS", took, "s", 2, at_most=5)
    show(f"  in the {2 * SILENCE_SECONDS} s after: not there, or shown as silent", missed,
         "workers", at_most=0)
    show("  the longest that one was not heard of", most_unheard, "s", 2, at_most=SILENCE_SECONDS)
    show("  times that any of them was lost again", again, "times", at_most=0)


def watch(cluster, length):
    """The maximum number of inactive workers, and the longest silence of a worker."""
    missed, most_unheard, end = 0, 0.0, time.monotonic() + length
    while time.monotonic() < end:
        workers = cluster.all_workers()
        states = collections.Counter(worker["state"] for worker in workers)
        missed = max(missed, CROWD - states["active"])
        most_unheard = max(most_unheard, *(each["seconds_since_heard"] for each in workers))
        time.sleep(0.5)
    return missed, most_unheard


@contextlib.contextmanager
def strangers(cluster, attack):
    """Strangers who connect to this cluster's scheduler."""
    kind, rate = attack
    command = [sys.executable, "-B", STRANGERS, kind, cluster.connection_file, rate]
    with running(command, cluster.folder / "strangers"):
        time.sleep(0.5)  # They make their keys first.
        yield


def show_strangers(binaries, quick):
    show_attacks(binaries, quick, ATTACKS)
    with tempfile.TemporaryDirectory() as folder:
        print("-- with --tls-ca", flush=True)
        show_attacks(binaries, quick, ATTACKS_ON_SITE, site=make_site(folder))


def show_half_open(binaries, quick):
    """How long a new page waits while strangers keep handshakes half open at the dashboard's port,
    and that workers do not."""
    with Cluster(binaries, flags=("--dashboard-address", "0.0.0.0:0")) as cluster:
        cluster.client("submit", *HUGE)
        url = json.loads(cluster.connection_file.read_text())["dashboard"]
        address = ("127.0.0.1", int(url.rstrip("/").rsplit(":", 1)[1]))
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE

        def page_seconds():
            begin = time.perf_counter()
            with socket.create_connection(address, timeout=60) as plain:
                with trust.wrap_socket(plain) as page:
                    page.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    if b" 200 " not in page.recv(4096):
                        raise RuntimeError("no page came")
            return time.perf_counter() - begin

        rounds = 3 if quick else 10
        alone = sorted(page_seconds() for _ in range(rounds))
        command = [sys.executable, "-B", STRANGERS, "half-open", f"127.0.0.1:{address[1]}",
                   HALF_OPEN]
        with running(command, cluster.folder / "strangers"):
            time.sleep(2)  # All are there.
            waits = sorted(page_seconds() for _ in range(rounds))
            call = cluster.rpc_bench("flow", 16, 5, 1000 if quick else 3000)["p99"]
    show("a new page by HTTPS", 1e3 * statistics.median(alone), "ms", 1)
    show(f"  while {HALF_OPEN} handshakes are kept half open", statistics.median(waits), "s", 2,
         at_most=10)
    show(f"  the longest of {rounds}", waits[-1], "s", 2)
    show("  p99 of a worker's call meanwhile", call, "ms", 2, at_most=50)


def show_attacks(binaries, quick, attacks, site=None):
    """Calls and a job under attack.  The control is the same attack on another scheduler: it takes
    the same CPU time on this machine and does not connect to ours."""
    with contextlib.ExitStack() as parts:
        ours, other, busy = (parts.enter_context(Cluster(binaries, workers=workers, site=site))
                             for workers in (1, 0, 0))
        work = int(ours.run("1e9")["samples_per_second"] * (2 if quick else 5))
        busy.client("submit", *HUGE)

        def call_p99(cluster):
            return cluster.rpc_bench("flow", 16, 5, 1000 if quick else 3000)["p99"]

        def job_seconds(cluster):
            return cluster.run(work)["wall_seconds"]

        for attack in attacks:
            what = f"{attack[1]:,} {attack[0].replace('-', ' ')} a second"
            for measure_it, target, name, unit in (
                    (call_p99, busy, "p99 of a call", "ms"), (job_seconds, ours, "a job", "s")):
                found = {"quiet": [], "attacked": [], "control": []}
                for _ in range(1 if quick else 3):
                    found["quiet"].append(measure_it(target))
                    with strangers(target, attack):
                        found["attacked"].append(measure_it(target))
                    with strangers(other, attack):
                        found["control"].append(measure_it(target))
                quiet, attacked, control = map(statistics.median, found.values())
                if unit == "ms":
                    show(f"{name}, {what}", attacked, unit, 2, at_most=50)
                    show("  without them", quiet, unit, 2)
                    show("  with them at another scheduler", control, unit, 2)
                else:
                    show(f"{name}, {what}, against none", attacked / quiet, "times", 2, at_most=1.3)
                    show("  with them at another scheduler", control / quiet, "times", 2)


def measure(binaries, quick):
    show_strangers(binaries, quick)
    show_half_open(binaries, quick)
    show_cost(binaries, quick)
    show_wire(binaries, quick)
    show_crowd(binaries)
