// The digits of an estimate.

export const piDigits = "3.14159265358979323846";

// An estimate as it is shown: the digits that hold, and those that may still change.
export interface Digits {
  known: string;
  faint: string;
}

const decimalsMax = 18;

// The digits of `text`, the estimate as all programs print it: rounded to the digits that its error
// supports.  Those hold that both ends of the 95 % interval have in common; the rest, usually one
// or two, is faint.  Null before the first sample.
export function estimateDigits(
  text: string | null, ci95: [number, number] | null,
): Digits | null {
  if (text === null) return null;
  // With so many decimals that no end is rounded to other digits.
  const [low, high] = (ci95 ?? [NaN, NaN]).map((end) => end.toFixed(decimalsMax));
  let known = 0;
  while (known < text.length && text[known] === low?.[known] && text[known] === high?.[known]) {
    known += 1;
  }
  return { known: text.slice(0, known), faint: text.slice(known) };
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
