// The axes of the convergence plot: ranges, ticks and labels.  Pure.
import { powerText } from "../format/quantities";

// The powers of ten in [low, high]; if there are fewer than two, also 2 and 5 of each.
export function decades(low: number, high: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const within = (value: number) => value >= low && value <= high;
  const powers: number[] = [];
  for (let power = first; power <= last; power += 1) powers.push(10 ** power);
  const tens = powers.filter(within);
  if (tens.length >= 2) return tens;
  return powers.flatMap((power) => [power, 2 * power, 5 * power]).filter(within);
}

// A logarithmic range with some room at its ends.
export function roomy(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || low <= 0) return [1, 10];
  return low === high ? [low / 3, high * 3] : [low / 1.25, high * 1.25];
}

// Powers of ten on both sides of zero, outside the linear part.
export function signedDecades(low: number, high: number, linear: number): number[] {
  const most = Math.max(Math.abs(low), Math.abs(high));
  const positive = decades(linear, most).filter((value) => value > linear);
  return [...positive.map((value) => -value).reverse(), 0, ...positive];
}

// Labels on at most eight of the powers.
export function everyOther(values: number[]): (number | null)[] {
  const step = Math.ceil(values.length / 8);
  return values.map((value, i) => (i % step === 0 ? value : null));
}

// "10⁻⁵", "2·10⁻⁵".
export function errorLabel(value: number): string {
  if (value === 0) return "0";
  const exponent = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  const mantissa = Math.round(Math.abs(value) / 10 ** exponent);
  const sign = value < 0 ? "−" : "";
  return sign + (mantissa === 1 ? "" : `${mantissa}·`) + powerText(exponent);
}
