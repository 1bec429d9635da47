// Durations and times of day for people.

// "0.25 s", "12 s", "3 min 05 s", "2 h 10 min", "4 d 3 h".
export function durationText(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "–";
  if (seconds < 0.0995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${twoDigits(whole % 60)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

// For what happened just now, or some time ago: "< 1 s", "12 s".
export function agoText(seconds: number): string {
  if (seconds < 1) return "< 1 s";
  return seconds < 9.95 ? `${Math.round(seconds)} s` : durationText(seconds);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

// "14:03:20", local time, to the nearest second.
export function clockText(wallMs: number): string {
  const date = new Date(1000 * Math.round(wallMs / 1000));
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(":");
}
