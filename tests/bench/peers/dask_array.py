"""Estimates pi with dask.array:  dask_array.py lesson|expert SAMPLES CHUNK [SCHEDULER_FILE]

Without a scheduler file it uses this process's threads, else dask.distributed.  Prints samples per
second.  The time includes building the expression and computing it."""
import sys
import time

import dask.array as da
import numpy as np


def count_as_lesson(samples, chunk):
    """Written as in the dask lesson: fetches the indices of the hits and counts them."""
    x = da.random.uniform(size=samples, chunks=chunk)
    y = da.random.uniform(size=samples, chunks=chunk)
    radii = da.sqrt(x**2 + y**2)
    indices = np.array(da.where(radii <= 1.0)[0])
    return len(radii[indices])


def count_as_expert(samples, chunk):
    """Sums within each chunk, so that only sums are sent."""
    x = da.random.random(samples, chunks=chunk)
    y = da.random.random(samples, chunks=chunk)
    return int((x * x + y * y <= 1.0).sum().compute())


def main(way, samples, chunk, scheduler_file=None):
    samples, chunk = int(float(samples)), int(float(chunk))
    count = {"lesson": count_as_lesson, "expert": count_as_expert}[way]
    if scheduler_file:
        from distributed import Client

        Client(scheduler_file=scheduler_file)
    count(2 * chunk, chunk)  # Makes the workers import dask.array.
    begin = time.perf_counter()
    inside = count(samples, chunk)
    print(samples / (time.perf_counter() - begin))
    print(f"pi = {4 * inside / samples}", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
