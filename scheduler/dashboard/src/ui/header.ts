// The top of the page: where this is, whether it is live, the panels, and the theme.
import type { Link } from "../live/connection";
import type { Scheduler } from "../live/protocol";
import type { Route } from "../router";
import { h, setAttribute, setText, show } from "./dom";
import { chooseTheme, themeChoice } from "./theme";
import type { ThemeChoice } from "./theme";

const links: [string, string][] = [
  ["", "Overview"], ["headline", "π"], ["stream", "Task stream"], ["convergence", "Convergence"],
  ["throughput", "Throughput"], ["jobs", "Jobs"], ["workers", "Workers"],
  ["scheduler", "Scheduler"], ["log", "Log"],
];
const themes: ThemeChoice[] = ["auto", "light", "dark"];
const themeTexts: Record<ThemeChoice, string> = {
  auto: "◐ Auto", light: "☀ Light", dark: "☾ Dark",
};
const linkTexts: Record<Link["kind"], string> = {
  connecting: "connecting", live: "live", lost: "not connected", refused: "no access",
};

export class Header {
  readonly element: HTMLElement;
  private readonly host = h("span", { class: "host" });
  private readonly status = h("span", { class: "status", role: "status" }, "connecting");
  private readonly control = h("span", {
    class: "control", hidden: true,
    title: "This page may submit and cancel jobs and change priorities",
  }, "with control");
  private readonly theme = h("button", { type: "button", "data-action": "theme" });
  private readonly links = new Map<string, HTMLElement>();

  constructor() {
    const items = links.map(([name, title]) => {
      const link = h("a", { href: `#${name}` }, title);
      this.links.set(name, link);
      return h("li", {}, link);
    });
    this.theme.addEventListener("click", () => {
      chooseTheme(themes[(themes.indexOf(themeChoice()) + 1) % themes.length] ?? "auto");
      this.showTheme();
    });
    this.showTheme();
    this.element = h("header", { class: "top" },
      h("h1", {}, h("a", { href: "#" }, "π"), " ", this.host), this.status, this.control,
      h("nav", { "aria-label": "Panels" }, h("ul", {}, ...items)), this.theme);
  }

  setLink(link: Link) {
    setText(this.status, linkTexts[link.kind]);
    document.documentElement.dataset["connection"] = link.kind;
  }

  setScheduler(scheduler: Scheduler, hasControl: boolean) {
    setText(this.host, scheduler.host ?? "");
    if (scheduler.host !== undefined) document.title = `pi on ${scheduler.host}`;
    show(this.control, hasControl);
  }

  setRoute(route: Route) {
    for (const [name, link] of this.links) {
      setAttribute(link, "aria-current", name === (route.alone ?? "") ? "page" : "false");
    }
  }

  private showTheme() {
    const choice = themeChoice();
    setText(this.theme, themeTexts[choice]);
    setAttribute(this.theme, "aria-label", `Theme: ${choice}. Change`);
  }
}
