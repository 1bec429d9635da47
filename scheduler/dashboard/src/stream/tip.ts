// The small window beside the pointer.
import { h, show } from "../ui/dom";

const distance = 14;

export class Tip {
  readonly element = h("div", { class: "tip", role: "tooltip", hidden: true });
  private text = "";

  // Shows the lines at a point of the window.
  show(x: number, y: number, lines: string[]) {
    show(this.element, lines.length > 0);
    const text = lines.join("\n");
    if (text !== this.text) {
      this.text = text;
      const [title = "", ...rest] = lines;
      this.element.replaceChildren(h("b", {}, title),
        ...rest.map((line) => h("div", {}, line)));
    }
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = x + distance + width > innerWidth ? x - distance - width : x + distance;
    const top = y + distance + height > innerHeight ? y - distance - height : y + distance;
    this.element.style.left = `${Math.max(4, left)}px`;
    this.element.style.top = `${Math.max(4, top)}px`;
  }

  hide() {
    show(this.element, false);
  }
}
