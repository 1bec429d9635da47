// The page that a link shows: "#workers" is a panel alone, "#job=7" is one job, nothing is the
// overview.

export const panelNames = [
  "headline", "convergence", "stream", "throughput", "jobs", "workers", "scheduler", "log",
] as const;
export type PanelName = (typeof panelNames)[number];

export interface Route {
  alone: PanelName | "job" | null;  // Null: all panels.
  jobs: number[];                   // Named by the link: to show, or to draw.
}

const jobsMax = 8;

// "#job=7" and "#convergence=7,5" name jobs.  A link that is not understood shows the overview.
export function parseRoute(hash: string): Route {
  const [name = "", value = ""] = hash.replace(/^#/, "").split("=", 2);
  const jobs = value.split(",").map(Number).filter((id) => Number.isSafeInteger(id) && id > 0);
  if (name === "job") return jobs.length === 1 ? { alone: "job", jobs } : { alone: null, jobs: [] };
  const panel = panelNames.find((known) => known === name);
  if (panel === undefined) return { alone: null, jobs: [] };
  return { alone: panel, jobs: panel === "convergence" ? jobs.slice(0, jobsMax) : [] };
}

export function routeText(route: Route): string {
  if (route.alone === null) return "#";
  return `#${route.alone}${route.jobs.length > 0 ? `=${route.jobs.join(",")}` : ""}`;
}

// The panels that a route shows.
export function shownPanels(route: Route): readonly PanelName[] {
  if (route.alone === null) return panelNames;
  return route.alone === "job" ? ["headline", "convergence"] : [route.alone];
}
