// A table with sortable columns and virtual rows: only those on the screen are in the document.
import { h, setAttribute, setData, setText, show } from "./dom";

export interface Column<Item> {
  key: string;
  title: string;
  help?: string;
  isUntitled?: boolean;  // Its title is for screen readers.
  isNumber?: boolean;
  room?: "wide" | "wider" | "widest";  // Only where there is so much room.
  text?: (item: Item) => string;
  // Instead of `text`: fills a cell that may have the content of another item.
  fill?: (cell: HTMLTableCellElement, item: Item) => void;
  // The value by which rows are ordered; without it the column cannot be sorted.
  order?: (item: Item) => number | string;
}

export interface TableOptions<Item> {
  label: string;  // For screen readers.
  columns: Column<Item>[];
  id: (item: Item) => number;
  sort: { key: string; isDescending: boolean };
  // Attributes of a row.
  mark?: (row: HTMLTableRowElement, item: Item) => void;
  onPick?: (item: Item) => void;
}

interface Row<Item> {
  element: HTMLTableRowElement;
  cells: HTMLTableCellElement[];
  item: Item | null;
}

// Rows beyond the edges, so that fast scrolling shows no gaps.
const overscan = 8;
const rowHeightGuess = 25;
// Rows are put in order again after so long, even if their values change all the time.
const stillMs = 1000;

export class Table<Item> {
  readonly element: HTMLElement;
  private readonly body = h("tbody");
  private readonly before = h("tr", { "aria-hidden": true, class: "spacer" });
  private readonly after = h("tr", { "aria-hidden": true, class: "spacer" });
  private readonly table: HTMLTableElement;
  private readonly headers = new Map<string, HTMLTableCellElement>();
  private readonly rows: Row<Item>[] = [];
  private items: Item[] = [];
  private arrangedAt = -Infinity;
  private rowHeight = rowHeightGuess;
  private sort: { key: string; isDescending: boolean };

  constructor(private readonly options: TableOptions<Item>) {
    this.sort = options.sort;
    this.table = h("table", {},
      h("thead", {}, h("tr", {}, ...options.columns.map((column) => this.header(column)))),
      this.body);
    this.body.append(this.before, this.after);
    this.element = h("div", {
      class: "scroll", tabindex: 0, role: "region", "aria-label": `Table: ${options.label}`,
      onscroll: () => { this.render(); },
    }, this.table);
    new ResizeObserver(() => { this.render(); }).observe(this.element);
  }

  // Replaces the rows.  They keep their order for a while, so that people can read them.
  update(items: Item[]) {
    const isStill = items.length === this.items.length &&
      performance.now() - this.arrangedAt < stillMs;
    if (isStill) {
      const current = new Map(items.map((item) => [this.options.id(item), item]));
      this.items = this.items.flatMap((item) => current.get(this.options.id(item)) ?? []);
    } else {
      this.items = items;
      this.arrange();
    }
    this.render();
  }

  private header(column: Column<Item>): HTMLTableCellElement {
    const cell = h("th", {
      scope: "col", class: classOf(column), title: column.help ?? false,
    });
    if (column.order === undefined) {
      cell.append(h("span", { class: column.isUntitled === true ? "visually-hidden" : "" },
        column.title));
    } else {
      cell.append(h("button", { type: "button", onclick: () => { this.sortBy(column.key); } },
        column.title));
      this.headers.set(column.key, cell);
    }
    return cell;
  }

  private sortBy(key: string) {
    const column = this.options.columns.find((candidate) => candidate.key === key);
    const isDescending =
      this.sort.key === key ? !this.sort.isDescending : column?.isNumber === true;
    this.sort = { key, isDescending };
    this.arrange();
    this.render();
  }

  private arrange() {
    this.arrangedAt = performance.now();
    for (const [key, cell] of this.headers) {
      const order = this.sort.isDescending ? "descending" : "ascending";
      setAttribute(cell, "aria-sort", key === this.sort.key ? order : "none");
    }
    const column = this.options.columns.find((candidate) => candidate.key === this.sort.key);
    const order = column?.order;
    if (order === undefined) return;
    const sign = this.sort.isDescending ? -1 : 1;
    const keyed = this.items.map((item) => ({ item, key: order(item) }));
    keyed.sort((a, b) => sign * compare(a.key, b.key) ||
      this.options.id(a.item) - this.options.id(b.item));
    this.items = keyed.map(({ item }) => item);
  }

  private render() {
    const head = this.table.tHead?.offsetHeight ?? 0;
    const room = this.element.clientHeight - head;
    const first = Math.max(0, Math.floor(this.element.scrollTop / this.rowHeight) - overscan);
    const count = Math.ceil(room / this.rowHeight) + 2 * overscan;
    const shown = this.items.slice(first, first + count);
    while (this.rows.length < shown.length) this.addRow();
    this.rows.forEach((row, i) => { this.fill(row, shown[i]); });
    const height = this.rows[0]?.element.offsetHeight ?? 0;
    if (height > 0) this.rowHeight = height;
    this.before.style.height = `${first * this.rowHeight}px`;
    const rest = this.items.length - first - shown.length;
    this.after.style.height = `${rest * this.rowHeight}px`;
    setAttribute(this.table, "aria-rowcount", String(this.items.length));
  }

  private addRow() {
    const cells = this.options.columns.map((column) => h("td", { class: classOf(column) }));
    const row: Row<Item> = { element: h("tr", {}, ...cells), cells, item: null };
    const pick = this.options.onPick;
    if (pick !== undefined) {
      row.element.classList.add("pickable");
      row.element.addEventListener("click", (event) => {
        const isControl = event.target instanceof Element && event.target.closest("button, input");
        if (isControl === null && row.item !== null) pick(row.item);
      });
    }
    this.rows.push(row);
    this.after.before(row.element);
  }

  private fill(row: Row<Item>, item: Item | undefined) {
    show(row.element, item !== undefined);
    row.item = item ?? null;
    if (item === undefined) return;
    this.options.mark?.(row.element, item);
    this.options.columns.forEach((column, i) => {
      const cell = row.cells[i];
      if (cell === undefined) return;
      if (column.fill !== undefined) column.fill(cell, item);
      else fillText(cell, column, item);
    });
  }
}

// The title has the whole text, where there is no room for it.
function fillText<Item>(cell: HTMLElement, column: Column<Item>, item: Item) {
  const text = column.text?.(item) ?? "";
  setText(cell, text);
  if (column.isNumber !== true) setAttribute(cell, "title", text);
}

function classOf<Item>(column: Column<Item>): string {
  return [`column-${column.key}`, column.isNumber === true ? "number" : "",
    column.room ?? ""].filter((name) => name !== "").join(" ");
}

function compare(a: number | string, b: number | string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const naturalKeys = new Map<string, string>();
const naturalKeysMax = 100_000;

// Texts in the order that people expect: n2 before n10.  The result can be compared with "<".
export function naturalKey(text: string): string {
  const known = naturalKeys.get(text);
  if (known !== undefined) return known;
  const key = text.toLowerCase().replace(/\d+/g, (digits) => digits.padStart(12, "0"));
  if (naturalKeys.size >= naturalKeysMax) naturalKeys.clear();
  naturalKeys.set(text, key);
  return key;
}

// For rows that stand for a state.
export function markState(row: HTMLElement, id: [string, number], state: string) {
  setData(row, id[0], id[1]);
  setData(row, "state", state);
}
