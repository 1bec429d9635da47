// Trouble with the connection or the scheduler, shown above everything else.
import { clockText } from "../format/durations";
import type { Link } from "../live/connection";
import { h, setText, show } from "./dom";

const restartShownMs = 20_000;

export class Banner {
  readonly element = h("div", { class: "banner", role: "alert", hidden: true });
  private readonly text = h("span");
  private readonly button: HTMLButtonElement;
  private readonly command = h("code");
  private link: Link = { kind: "connecting" };
  private restartedAt: number | null = null;  // When this page learned of it.
  private diskFailure: string | null = null;

  constructor(onRetry: () => void) {
    this.button = h("button", { type: "button", onclick: onRetry }, "Try now");
    this.element.append(this.text, this.command, this.button);
    setInterval(() => { this.render(); }, 500);
  }

  setLink(link: Link) {
    this.link = link;
    this.render();
  }

  noteRestart() {
    this.restartedAt = Date.now();
    this.render();
  }

  setDiskFailure(failure: string | null) {
    this.diskFailure = failure;
    this.render();
  }

  private render() {
    const { kind, text, command } = this.news();
    show(this.element, kind !== null);
    if (kind !== null) this.element.dataset["banner"] = kind;
    if (kind === "lost" || kind === "refused") this.element.dataset["empty"] = kind;
    else delete this.element.dataset["empty"];
    setText(this.text, text);
    setText(this.command, command);
    show(this.command, command !== "");
    show(this.button, kind === "lost");
  }

  private news(): { kind: string | null; text: string; command: string } {
    const { link } = this;
    const now = Date.now();
    if (link.kind === "refused") {
      return {
        kind: "refused", command: "pi-client dashboard",
        text: `The scheduler does not accept this page: ${link.reason}. For a new link:`,
      };
    }
    if (link.kind === "lost") {
      const wait = Math.max(0, link.retryAt - now) / 1000;
      const next = wait === 0 ? "Connecting …"
        : `Next attempt in ${Math.ceil(wait)} s.`;
      if (link.reason !== null) {
        const text = `The scheduler has no place for this page: ${link.reason}. ${next}`;
        return { kind: "lost", command: "", text };
      }
      return {
        kind: "lost", command: "",
        text: `The scheduler has not answered since ${clockText(link.since)}: what you see is ` +
          `from then. ${next}`,
      };
    }
    if (this.diskFailure !== null) {
      return { kind: "disk", text: `Jobs cannot be saved: ${this.diskFailure}`, command: "" };
    }
    if (this.restartedAt !== null && now - this.restartedAt < restartShownMs) {
      const time = clockText(this.restartedAt);
      return {
        kind: "restarted", command: "",
        text: `The scheduler was restarted; connected again at ${time}. Jobs and counts are kept.`,
      };
    }
    return { kind: null, text: "", command: "" };
  }
}
