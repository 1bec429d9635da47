"""Estimates pi with numpy on one core, as at the start of the dask lesson:  serial_numpy.py SAMPLES

Prints samples per second."""
import sys
import time

import numpy as np


def count_inside(samples):
    x = np.random.uniform(size=samples)
    y = np.random.uniform(size=samples)
    radii = np.sqrt(x * x + y * y)
    return len(radii[np.where(radii <= 1.0)])


if __name__ == "__main__":
    samples = int(float(sys.argv[1]))
    begin = time.perf_counter()
    np.random.seed(2017)
    inside = count_inside(samples)
    print(samples / (time.perf_counter() - begin))
    print(f"pi = {4 * inside / samples}", file=sys.stderr)
