"""Figures: one line each, with the target beside it."""
import statistics


def show(what, value, unit, digits=0, at_least=None, at_most=None):
    """Prints a figure; a missed target is said so."""
    target = ""
    if at_least is not None:
        target = f"(at least {at_least:,}{'' if value >= at_least else ': MISSED'})"
    if at_most is not None:
        target = f"(at most {at_most:,}{'' if value <= at_most else ': MISSED'})"
    print(f"{what:<58} {value:>16,.{digits}f} {unit:<12} {target}".rstrip(), flush=True)


def median_of(rounds, measure):
    return statistics.median(measure() for _ in range(rounds))
