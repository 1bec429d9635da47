// The connection to the scheduler: one WebSocket, made again whenever it is lost.
import { backoffMs } from "./backoff";
import type { FollowMessage, Frame } from "./protocol";

export type Link =
  | { kind: "connecting" }
  | { kind: "live" }
  | { kind: "lost"; since: number; retryAt: number }  // Wall times.
  | { kind: "refused"; reason: string };              // The token is wrong or expired.

export interface Listener {
  onFrame(frame: Frame): void;
  onLink(link: Link): void;
}

// A connection that says nothing for so long is lost: the scheduler sends four frames a second.
const silenceMs = 10_000;

export class Connection {
  private socket: WebSocket | null = null;
  private attemptsFailed = 0;
  private lostSince: number | null = null;
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
    socket.onopen = () => { if (this.message !== "") socket.send(this.message); };
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
    this.listener.onLink({ kind: "lost", since: this.lostSince, retryAt: Date.now() + wait });
    this.retryLater(await refusal(), wait);
  }

  // A page that is refused does not try again: its link will not become valid.
  private retryLater(refused: string | null, wait: number) {
    if (this.socket !== null) return;
    if (refused === null) this.retryTimer = setTimeout(() => { this.open(); }, wait);
    else this.listener.onLink({ kind: "refused", reason: refused });
  }
}

// Why the scheduler does not answer this page.  Null if that is not its decision: a WebSocket does
// not tell, so a plain request asks.
async function refusal(): Promise<string | null> {
  try {
    const answer = await fetch("api/v1/cluster", { cache: "no-store" });
    if (answer.status !== 401 && answer.status !== 403) return null;
    const body = (await answer.json()) as { error?: string };
    return body.error ?? "this page may not be seen";
  } catch {
    return null;
  }
}
