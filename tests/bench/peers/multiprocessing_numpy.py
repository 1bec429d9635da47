"""Estimates pi on all cores with multiprocessing:  multiprocessing_numpy.py SAMPLES

Prints samples per second.  The time includes creating the pool, as it does for users."""
import multiprocessing
import sys
import time

import numpy as np
from serial_numpy import count_inside


def count_seeded(task):
    seed, samples = task
    np.random.seed(seed)  # Otherwise all forked processes draw the same points.
    return count_inside(samples)


if __name__ == "__main__":
    cores = multiprocessing.cpu_count()
    share = int(float(sys.argv[1])) // cores
    begin = time.perf_counter()
    with multiprocessing.Pool(cores) as pool:
        inside = sum(pool.map(count_seeded, [(seed, share) for seed in range(cores)]))
    print(share * cores / (time.perf_counter() - begin))
    print(f"pi = {4 * inside / (share * cores)}", file=sys.stderr)
