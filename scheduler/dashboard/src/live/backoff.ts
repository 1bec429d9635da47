// The wait before the next attempt to connect.

const minMs = 250;
const maxMs = 10_000;

// Exponential backoff with half jitter: many pages do not reconnect all at once after a restart.
// `random` is uniform in [0, 1).
export function backoffMs(attemptsFailed: number, random: number): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** attemptsFailed);
  return ceiling * (0.5 + 0.5 * random);
}
