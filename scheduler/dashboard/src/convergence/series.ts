// The convergence of one job as numbers to draw.  Pure.
import type { Job, Point } from "../live/protocol";
import { samplers } from "./samplers";

export interface Series {
  samples: number[];  // Ascending.
  error: (number | null)[];     // The standard error.
  low: (number | null)[];       // The estimate minus the reference, and the ends of its interval.
  path: (number | null)[];
  high: (number | null)[];
  band: (number | null)[];      // So far the estimate is from pi with a probability of 95 %.
  distance: (number | null)[];  // So far it is.
  theory: (number | null)[];    // The error by theory, fitted to the errors seen.
  corrected: number[];          // Where counts were corrected.
  newestError: number | null;
}

// The path is drawn from `reference`; null: from the newest estimate.
export function seriesOf(job: Job, points: Point[], reference: number | null): Series {
  const drawn = drawable(job, points);
  const { quantile, slope } = samplers[job.sampler];
  const factor = theoryFactor(drawn, slope);
  const newest = drawn.filter((point) => point.pi !== null).at(-1);
  const zero = reference ?? newest?.pi ?? Math.PI;
  const map = (value: (point: Point, pi: number, error: number) => number) =>
    drawn.map((point) => point.pi === null || point.standard_error === null
      ? null : value(point, point.pi, point.standard_error));
  return {
    samples: drawn.map((point) => point.samples),
    error: map((_, __, error) => error),
    low: map((_, pi, error) => pi - quantile * error - zero),
    path: map((_, pi) => pi - zero),
    high: map((_, pi, error) => pi + quantile * error - zero),
    band: map((_, __, error) => quantile * error),
    distance: map((_, pi) => Math.abs(pi - Math.PI)).map(unlessZero),
    theory: map((point) => factor * point.samples ** slope),
    corrected: drawn.filter((point) => point.is_corrected).map((point) => point.samples),
    newestError: newest?.standard_error ?? null,
  };
}

// The points in the order of samples, one for each number of samples, where the error is known.
function drawable(job: Job, points: Point[]): Point[] {
  const bySamples = new Map<number, Point>();
  for (const point of points) {
    const isKnown = samplers[job.sampler].isKnownWithGaps || point.is_prefix;
    if (isKnown && point.samples > 0) bySamples.set(point.samples, point);
  }
  return [...bySamples.values()].sort((a, b) => a.samples - b.samples);
}

// The factor c of c * n^slope that is nearest to the errors, by the mean of logarithms.  NaN
// without errors.
function theoryFactor(points: Point[], slope: number): number {
  let sum = 0;
  let count = 0;
  for (const point of points) {
    if (point.standard_error === null || point.standard_error <= 0) continue;
    sum += Math.log(point.standard_error) - slope * Math.log(point.samples);
    count += 1;
  }
  return Math.exp(sum / count);
}

// Zero has no place on a logarithmic axis.
function unlessZero(value: number | null): number | null {
  return value === 0 ? null : value;
}
