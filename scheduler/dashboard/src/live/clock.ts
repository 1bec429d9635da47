// The scheduler's clock, between its frames.  Frames are up to some hundred milliseconds late, each
// by another delay, so the clock is steered: it never jumps by less than a second, and it never
// runs backwards.

const jumpMs = 1000;
const gain = 0.1;

export class ServerClock {
  private offset: number | null = null;  // Server time minus local time.

  // A frame of server time `now` arrived at local time `local`.
  note(now: number, local: number) {
    const seen = now - local;
    if (this.offset === null || Math.abs(seen - this.offset) > jumpMs) this.offset = seen;
    else this.offset += gain * (seen - this.offset);
  }

  // The server's time at local time `local`.
  at(local: number): number {
    return this.offset === null ? 0 : local + this.offset;
  }
}
