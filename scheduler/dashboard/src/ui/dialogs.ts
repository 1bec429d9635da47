// Questions before something is changed.
import { samplerNames } from "../convergence/samplers";
import { cancelJob, setPriority, submitJob } from "../live/actions";
import { parseSize } from "../format/sizes";
import { h, setText, show } from "./dom";

// A form in a window of its own.  `act` answers null when it is done, or what went wrong.
function ask(kind: string, title: string, fields: HTMLElement[], confirm: string,
    act: () => Promise<string | null>) {
  const message = h("p", { class: "failure", role: "alert", hidden: true });
  const close = () => { dialog.close(); };
  const button = h("button", { type: "submit", class: "strong", "data-action": "confirm" },
    confirm);
  const form = h("form", { method: "dialog" }, h("h2", {}, title), ...fields, message,
    h("div", { class: "answers" },
      h("button", { type: "button", onclick: close }, "Back"), button));
  const dialog = h("dialog", { "data-dialog": kind, "aria-label": title, onclose: () => {
    dialog.remove();
  } }, form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.disabled = true;
    void act().then((failure) => {
      button.disabled = false;
      setText(message, failure ?? "");
      show(message, failure !== null);
      if (failure === null) close();
    });
  });
  document.body.append(dialog);
  dialog.showModal();
}

export function askToCancel(job: number) {
  const text = h("p", {}, "Its workers stop computing it, and what was counted stays as it is.");
  ask("cancel", `Cancel job ${job}?`, [text], "Cancel the job", () => cancelJob(job));
}

export function askPriority(job: number, from: number) {
  const input = h("input", { type: "number", value: from, step: 1, required: true });
  const field = h("label", {}, "Jobs of higher priority are computed first", input);
  ask("priority", `Priority of job ${job}`, [field], "Change",
    () => setPriority(job, input.valueAsNumber));
}

export function askForJob() {
  const samples = h("input", { type: "text", value: "1e11", required: true, spellcheck: "false" });
  const sampler = h("select", {}, ...samplerNames.map((name) => h("option", {}, name)));
  const name = h("input", { type: "text", maxlength: 64 });
  const requestId = requestIdText();
  const fields = [h("label", {}, "Samples, such as 1e11 or 500G", samples),
    h("label", {}, "Sampler", sampler), h("label", {}, "Name, if you like", name)];
  ask("submit", "New job", fields, "Submit", () => {
    const size = parseSize(samples.value);
    if (size === null) {
      return Promise.resolve("This is not a number of samples; write one such as 1e11");
    }
    return submitJob({ samples: size, sampler: sampler.value, name: name.value }, requestId);
  });
}

function requestIdText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
