"""Pi by dask.distributed's futures, tuned by hand.

client_map.py rate SCHEDULER_FILE TASKS SAMPLES_PER_TASK   prints samples per second
client_map.py latency SCHEDULER_FILE ROUNDS                prints seconds, submit to result"""
import statistics
import sys
import time

import numpy as np
from distributed import Client


def count_inside(seed, samples, batch=50_000):
    """In batches that stay in the cache; floats, of which numpy draws twice as many."""
    random = np.random.Generator(np.random.SFC64(seed))
    inside = 0
    while samples > 0:
        count = min(samples, batch)
        x = random.random(count, dtype=np.float32)
        y = random.random(count, dtype=np.float32)
        x *= x
        y *= y
        x += y
        inside += int(np.count_nonzero(x <= 1))
        samples -= count
    return inside


def print_rate(client, tasks, samples):
    begin = time.perf_counter()
    futures = client.map(count_inside, range(tasks), samples=samples, pure=False)
    inside = sum(client.gather(futures))
    print(tasks * samples / (time.perf_counter() - begin))
    print(f"pi = {4 * inside / (tasks * samples)}", file=sys.stderr)


def print_latency(client, rounds):
    taken = []
    for i in range(rounds):
        begin = time.perf_counter()
        client.submit(count_inside, i, 100, pure=False).result()
        taken.append(time.perf_counter() - begin)
    print(statistics.median(taken))


def main(what, scheduler_file, *numbers):
    client = Client(scheduler_file=scheduler_file)
    client.gather(client.map(count_inside, range(8), samples=1000, pure=False))  # Imports.
    {"rate": print_rate, "latency": print_latency}[what](client, *(int(float(n)) for n in numbers))


if __name__ == "__main__":
    main(*sys.argv[1:])
