// The connection to the scheduler: one WebSocket, made again whenever it is lost.
import { backoffMs } from "./backoff";
import type { FollowMessage, Frame } from "./protocol";

export type Link =
  | { kind: "connecting" }
  | { kind: "live" }
  // Wall times.  `reason` is what the scheduler says, if it answers, but has no place for a page.
  | { kind: "lost"; since: number; retryAt: number; reason: string | null }
  | { kind: "refused"; reason: string };              // The token is wrong or expired.

export interface Listener {
  onFrame(frame: Frame): void;
  onLink(link: Link): void;
}

// The scheduler's own words about a page that it does not show.
interface Refusal {
  isFinal: boolean;  // Trying again does not help.
  reason: string;
}

// A connection that says nothing for so long is lost: the scheduler sends four frames a second.
const silenceMs = 10_000;

export class Connection {
  private socket: WebSocket | null = null;
  private attemptsFailed = 0;
  private lostSince: number | null = null;
  private reason: string | null = null;
  private wasOpen = false;
  private retryTimer = 0;
  private silenceTimer = 0;
  private message = "";

  constructor(private readonly listener: Listener) {}

  open() {
    clearTimeout(this.retryTimer);
    const url = new URL("api/v1/live", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.hash = "";
    url.search = "";
    const socket = new WebSocket(url);
    this.socket = socket;
    this.wasOpen = false;
    socket.onopen = () => {
      this.wasOpen = true;
      if (this.message !== "") socket.send(this.message);
    };
    socket.onmessage = (event) => { this.take(String(event.data)); };
    socket.onclose = () => { if (this.socket === socket) void this.lose(); };
    this.expectNews();
  }

  // Tries at once, without the rest of the wait.
  retry() {
    if (this.socket === null) this.open();
  }

  // Said now, and again after each reconnection.
  follow(message: FollowMessage) {
    this.message = JSON.stringify(message);
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(this.message);
  }

  private take(text: string) {
    this.expectNews();
    const frame = JSON.parse(text) as Frame;
    if (frame.first === true) {
      this.attemptsFailed = 0;
      this.lostSince = null;
      this.reason = null;
      this.listener.onLink({ kind: "live" });
    }
    this.listener.onFrame(frame);
  }

  private expectNews() {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => { void this.lose(); }, silenceMs);
  }

  private async lose() {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    clearTimeout(this.silenceTimer);
    this.lostSince ??= Date.now();
    const wait = backoffMs(this.attemptsFailed++, Math.random());
    const retryAt = Date.now() + wait;
    this.sayLost(retryAt);
    this.retryLater(await refusal(this.wasOpen), retryAt);
  }

  private sayLost(retryAt: number) {
    const since = this.lostSince ?? Date.now();
    this.listener.onLink({ kind: "lost", since, retryAt, reason: this.reason });
  }

  // A page that is refused does not try again: its link will not become valid.
  private retryLater(refused: Refusal | null, retryAt: number) {
    if (this.socket !== null) return;
    if (refused?.isFinal === true) {
      this.listener.onLink({ kind: "refused", reason: refused.reason });
      return;
    }
    this.reason = refused?.reason ?? null;
    this.sayLost(retryAt);
    this.retryTimer = setTimeout(() => { this.open(); }, Math.max(0, retryAt - Date.now()));
  }
}

// Why the scheduler does not show this page.  Null if that is not its decision: a WebSocket does
// not tell, so plain requests ask.
async function refusal(wasOpen: boolean): Promise<Refusal | null> {
  const access = await failureAt("api/v1/cluster");
  if (access !== null && (access.status === 401 || access.status === 403)) {
    return { isFinal: true, reason: access.reason };
  }
  if (wasOpen || access !== null) return null;
  const place = await failureAt("api/v1/live");
  return place?.status === 429 ? { isFinal: false, reason: place.reason } : null;
}

// Null if there is no failure.  The status is 0 if the scheduler does not answer.
async function failureAt(path: string): Promise<{ status: number; reason: string } | null> {
  try {
    const answer = await fetch(path, { cache: "no-store" });
    if (answer.ok) return null;
    const body = (await answer.json()) as { error?: string };
    return { status: answer.status, reason: body.error ?? "this page may not be seen" };
  } catch {
    return { status: 0, reason: "" };
  }
}
