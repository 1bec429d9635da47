"""Estimates pi with futures of dask.distributed.

client_map.py plain|tuned SCHEDULER_FILE TASKS SAMPLES   prints samples per second
client_map.py latency SCHEDULER_FILE ROUNDS              prints seconds, submit to result"""
import statistics
import sys
import time

import numpy as np
from distributed import Client


def count_inside(seed, samples):
    """Written as an experienced numpy user writes it, with 32-bit floats."""
    random = np.random.default_rng(seed)
    x = random.random(samples, dtype=np.float32)
    y = random.random(samples, dtype=np.float32)
    return int(np.count_nonzero(x * x + y * y <= 1))


def count_tuned(seed, samples, batch=50_000):
    """Works in place, in batches that fit the cache, with numpy's fastest generator."""
    random = np.random.Generator(np.random.SFC64(seed))
    x, y = np.empty((2, batch), dtype=np.float32)
    inside = 0
    for begin in range(0, samples, batch):
        count = min(batch, samples - begin)
        for axis in x, y:
            random.random(out=axis, dtype=np.float32)
            axis *= axis
        x += y
        inside += int(np.count_nonzero(x[:count] <= 1))
    return inside


def print_rate(client, count, tasks, samples):
    begin = time.perf_counter()
    futures = client.map(count, range(tasks), samples=samples, pure=False)
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
    numbers = [int(float(number)) for number in numbers]
    client = Client(scheduler_file=scheduler_file)
    # The workers import numpy now, outside the measurement.
    client.gather(client.map(count_inside, range(8), samples=1000, pure=False))
    if what == "latency":
        print_latency(client, *numbers)
    else:
        print_rate(client, {"plain": count_inside, "tuned": count_tuned}[what], *numbers)


if __name__ == "__main__":
    main(*sys.argv[1:])
