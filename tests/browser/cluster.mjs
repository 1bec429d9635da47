// A real scheduler on loopback, with its workers, in a folder of its own.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const bin = (name) => join(process.env.PI_BIN, name);

export class Cluster {
  #folder = mkdtempSync(join(tmpdir(), "pi-browser-"));
  #processes = [];
  scheduler;

  static async start() {
    const cluster = new Cluster();
    await cluster.#startScheduler(["--port", "0", "--dashboard-address", "127.0.0.1:0"]);
    return cluster;
  }

  // The scheduler is killed; the promise that this returns starts it again where it was.
  async killScheduler() {
    const { addresses, dashboard } = this.#connectionFile();
    this.scheduler.kill("SIGKILL");
    await once(this.scheduler, "exit");
    return () =>
      this.#startScheduler([
        ...["--port", new URL(addresses[0]).port],
        ...["--dashboard-address", new URL(dashboard).host],
      ]);
  }

  startWorker(name) {
    return this.#spawn("pi-worker", ["--threads", "1", "--device", "cpu", "--name", name]);
  }

  // Starts a line of a shell that knows nothing of this cluster.
  runLine(line) {
    const words = ["--pdeathsig", "KILL", "--", "bash", "-c", `exec ${line}`];
    const process = spawn("setpriv", words, {
      env: { PATH: "/usr/bin:/bin", HOME: "/nonexistent" },
      stdio: ["ignore", "ignore", "inherit"],
    });
    this.#processes.push(process);
  }

  // The output of a client's command.
  async client(...words) {
    const { stdout } = await promisify(execFile)(bin("pi-client"), words, {
      env: this.#environment,
    });
    return stdout;
  }
  async link(...options) {
    return (await this.client("dashboard", ...options)).split("\n")[0];
  }
  async submit(samples, ...options) {
    return (await this.client("submit", samples, ...options)).trim();
  }
  async documentOf(job) {
    return JSON.parse(await this.client("status", job, "--json"));
  }
  async stateOf(job) {
    return (await this.documentOf(job)).state;
  }

  async end() {
    for (const process of this.#processes.reverse()) {
      if (process.exitCode !== null || process.signalCode !== null) continue;
      process.kill("SIGKILL");
      await once(process, "exit");
    }
    rmSync(this.#folder, { recursive: true });
  }

  // Until the scheduler says that its dashboard is open.
  async #startScheduler(options) {
    const state = ["--state-dir", join(this.#folder, "state")];
    this.scheduler = this.#spawn("pi-scheduler", ["--host", "127.0.0.1", ...state, ...options]);
    for await (const line of createInterface({ input: this.scheduler.stdout })) {
      if (line.startsWith("State directory:")) return;
    }
    throw new Error("the scheduler did not start");
  }

  // The kernel ends it if this process dies.
  #spawn(program, options) {
    const words = ["--pdeathsig", "KILL", "--", bin(program), ...options];
    const process = spawn("setpriv", words, {
      env: this.#environment,
      stdio: ["ignore", program === "pi-scheduler" ? "pipe" : "ignore", "inherit"],
    });
    this.#processes.push(process);
    return process;
  }

  get #environment() {
    return {
      ...process.env,
      HOME: this.#folder,
      PI_CONNECTION_FILE: join(this.#folder, "scheduler.json"),
      XDG_STATE_HOME: this.#folder,
    };
  }
  #connectionFile() {
    return JSON.parse(readFileSync(join(this.#folder, "scheduler.json"), "utf8"));
  }
}
