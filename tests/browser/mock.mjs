// A cluster that is played (scheduler/dashboard/mock), as large as a test wants it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export class Mock {
  #process;
  url;

  // `options` are those of mock/server.mjs, such as { workers: 200 }.
  static async start(options = {}) {
    const mock = new Mock();
    const words = Object.entries({ port: 0, ...options }).flatMap(([name, value]) =>
      value === true ? [`--${name}`] : [`--${name}`, String(value)]);
    mock.#process = spawn(process.execPath, ["mock/server.mjs", ...words], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    for await (const line of createInterface({ input: mock.#process.stdout })) {
      mock.url = line;
      return mock;
    }
    throw new Error("the mock did not start");
  }

  // "losses", "restart", "refuse", "fill" or "empty".
  tell(command) {
    this.#process.stdin.write(`${command}\n`);
  }

  async end() {
    if (this.#process.exitCode !== null) return;
    this.#process.kill("SIGKILL");
    await once(this.#process, "exit");
  }
}
