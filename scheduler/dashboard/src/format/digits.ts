// The digits of an estimate, exactly: quotients of integers, since a double has only 16 digits.

export const piDigits = "3.14159265358979323846";

// An estimate as it is shown: the digits that the error supports, and a few that it does not.
export interface Digits {
  known: string;
  faint: string;
}

const faintDigits = 2;
const decimalsMax = 18;

// 4 * hits / samples, cut after the decimals of `knownText` ("3.1416") and two more.  Null before
// the first sample.
export function estimateDigits(hits: string, samples: string, knownText: string | null):
    Digits | null {
  if (knownText === null || BigInt(samples) === 0n) return null;
  const decimals = decimalsOf(knownText);
  const all = quotientText(4n * BigInt(hits), BigInt(samples),
    Math.min(decimals + faintDigits, decimalsMax));
  const end = decimals === 0 ? 1 : 2 + decimals;
  return { known: all.slice(0, end), faint: all.slice(end) };
}

function decimalsOf(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

function quotientText(numerator: bigint, denominator: bigint, decimals: number): string {
  const scaled = (numerator * 10n ** BigInt(decimals)) / denominator;
  const digits = String(scaled).padStart(decimals + 1, "0");
  if (decimals === 0) return digits;
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

// With one digit, or two if the first is a 1: "0.00002".
export function errorText(error: number): string {
  const [mantissa = "0", exponent = "0"] = error.toExponential(1).split("e");
  const decimals = mantissa.startsWith("1") ? 1 - Number(exponent) : -Number(exponent);
  return error.toFixed(Math.min(Math.max(decimals, 0), decimalsMax));
}

// How many leading characters of `text` are those of pi.
export function piPrefix(text: string): number {
  let length = 0;
  while (length < text.length && text[length] === piDigits[length]) length += 1;
  return length;
}

// Characters that are shown alike.
export interface Run {
  text: string;
  kind: "known" | "faint";
  isRight: boolean;  // Equal to the digits of pi, from the beginning on.
}

// The digits in groups of three after the point, so that people can count them.
export function digitGroups(digits: Digits): Run[][] {
  const all = digits.known + digits.faint;
  const right = piPrefix(all);
  const groups: Run[][] = [];
  for (let i = 0; i < all.length; i += 1) {
    const startsGroup = i === 0 || (i >= 2 && (i - 2) % 3 === 0);
    if (startsGroup) groups.push([]);
    const kind = i < digits.known.length ? "known" : "faint";
    const group = groups.at(-1) ?? [];
    const run = group.at(-1);
    const isRight = i < right;
    if (run?.kind === kind && run.isRight === isRight) run.text += all[i] ?? "";
    else group.push({ text: all[i] ?? "", kind, isRight });
  }
  return groups;
}
