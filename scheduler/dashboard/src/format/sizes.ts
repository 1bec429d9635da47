// Sizes as pi-client reads them: "1000", "1_000_000", "1e9", "2.5e6", "10k", "1.5T".

const units: Record<string, number> = { k: 3, M: 6, G: 9, T: 12 };
const sizesEnd = 2n ** 63n;

// A whole number in [1, 2^63), or null.
export function parseSize(text: string): bigint | null {
  const match = /^(\d[\d_]*)(?:\.(\d+))?(?:e(\d{1,2})|([kMGT]))?$/.exec(text.trim());
  if (match === null) return null;
  const [, whole = "", fraction = "", exponent, unit] = match;
  const power = exponent !== undefined ? Number(exponent) : units[unit ?? ""] ?? 0;
  const zeros = power - fraction.length;
  if (zeros < 0) return null;
  const size = BigInt(whole.replaceAll("_", "") + fraction) * 10n ** BigInt(zeros);
  return size >= 1n && size < sizesEnd ? size : null;
}
