// Numbers for people: three digits and a unit.  k is 1000.

const prefixes = ["", "k", "M", "G", "T", "P", "E"] as const;

// "93.2 G", "512", "1.20 k".
export function siText(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const magnitude = Math.abs(value);
  let power = 0;
  let scaled = magnitude;
  // 999.5 of a unit are shown as 1.00 of the next one.
  while (scaled >= 999.5 && power < prefixes.length - 1) {
    scaled /= 1000;
    power += 1;
  }
  const sign = value < 0 ? "−" : "";
  return `${sign}${threeDigits(scaled, power === 0)} ${prefixes[power] ?? ""}`.trimEnd();
}

function threeDigits(value: number, isWhole: boolean): string {
  if (isWhole && Number.isInteger(value)) return String(value);
  if (value >= 99.95) return value.toFixed(0);
  return value.toFixed(value >= 9.995 ? 1 : 2);
}

// As short as it can be: "1 T", "250 G".
export function tickText(value: number): string {
  return siText(value).replace(/(\.\d*?)0+( |$)/, "$1$2").replace(/\.( |$)/, "$1");
}

// "93.2 G/s".
export function rateText(perSecond: number): string {
  const text = siText(perSecond);
  return text === "–" ? text : `${text}${text.includes(" ") ? "" : " "}/s`;
}

export function bytesText(bytes: number): string {
  const text = siText(bytes);
  return text === "–" ? text : `${text}${text.includes(" ") ? "" : " "}B`;
}

// Digits in groups of three: "1 000 000".
export function countText(digits: string | number): string {
  return String(digits).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

// "1 thread", "2 threads".
export function thingsText(count: string | number, thing: string): string {
  return `${countText(count)} ${thing}${String(count) === "1" ? "" : "s"}`;
}

// Rounded down, so that 100 % means all: "99 %".
export function percentText(share: number): string {
  if (!Number.isFinite(share)) return "–";
  return `${Math.floor(100 * share)} %`;
}

// A share of whole numbers of any size, in [0, 1].
export function shareOf(part: string, whole: string): number {
  const total = BigInt(whole);
  if (total === 0n) return 0;
  return Number((BigInt(part) * 1_000_000n) / total) / 1_000_000;
}

// "2.4e-5" as "2.4 × 10⁻⁵".
export function scientificText(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return "–";
  const [mantissa = "", exponent = "0"] = value.toExponential(digits - 1).split("e");
  return `${mantissa} × ${powerText(Number(exponent))}`;
}

// "10⁻⁵".
export function powerText(exponent: number): string {
  const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  const digits = String(Math.abs(exponent)).replace(/\d/g, (digit) => raised.charAt(Number(digit)));
  return `10${exponent < 0 ? "⁻" : ""}${digits}`;
}
