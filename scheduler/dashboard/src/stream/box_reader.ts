// Reads a row of the task stream aloud: its worker, and the boxes that keys choose one by one.
import type { Box, Worker } from "../live/model";
import { h, setText } from "../ui/dom";
import type { Context } from "../ui/panel";
import { stepBox } from "./lane_layout";
import { tipLines } from "./tip_lines";

export class BoxReader {
  readonly element = h("p", { class: "visually-hidden", role: "status" });
  box: Box | null = null;  // The one that is chosen.

  // Another row is chosen.
  readRow(row: Worker) {
    this.box = null;
    setText(this.element, `${row.name}, ${row.state}`);
  }

  // Chooses the next box of the row in this direction, if there is one.
  step(row: Worker, context: Context, step: 1 | -1) {
    const lane = context.state.lanes.get(row.id);
    const next = lane === undefined ? null : stepBox(lane, this.box?.end ?? context.now(), step);
    if (next === null) return;
    this.box = next;
    setText(this.element, tipLines(row, next.end, next, context).join(", "));
  }

  forget() {
    this.box = null;
  }
}
