// The scheduler's clock, between its frames.  Frames are up to some hundred milliseconds late, each
// by another delay, so the clock is steered: it never jumps by less than a second, and it never
// runs backwards.

const jumpMs = 1000;
const gain = 0.1;
// Without frames for so long, time stands still on the page: it shows what is known.
const stallMs = 2000;

export class ServerClock {
  private offset: number | null = null;  // Server time minus local time.
  private last = 0;                      // The server time of the newest frame.

  // A frame of server time `now` arrived at local time `local`.
  note(now: number, local: number) {
    const seen = now - local;
    this.last = now;
    if (this.offset === null || Math.abs(seen - this.offset) > jumpMs) this.offset = seen;
    else this.offset += gain * (seen - this.offset);
  }

  // The server's time at local time `local`.
  at(local: number): number {
    return this.offset === null ? 0 : local + this.offset;
  }

  // The server's time to show: it stands still while no frames come.
  shownAt(local: number): number {
    return Math.min(this.at(local), this.last + stallMs);
  }
}
