// The map: a cell for each worker, in blocks by host.  For more workers than rows fit.

export interface MapBlock {
  host: string;
  x: number;
  y: number;
  columns: number;
  workers: number[];  // Cell by cell, row by row.
}

export interface MapLayout {
  cell: number;   // The side of a cell, in pixels, with the gap to the next one.
  label: number;  // The height of a block's label; 0: there is no room for labels.
  blocks: MapBlock[];
  height: number;
}

const cellMax = 28;
const cellMin = 3;
const labelHeight = 14;
const labelWidthMin = 56;
const blockGap = 8;

// The largest cells with which all hosts fit into the room; else the smallest ones.
export function mapLayout(hosts: Map<string, number[]>, width: number, height: number): MapLayout {
  for (let cell = cellMax; cell > cellMin; cell -= 0.5) {
    for (const label of [labelHeight, 0]) {
      const layout = withCells(hosts, width, cell, label);
      if (layout.height <= height) return layout;
    }
  }
  return withCells(hosts, width, cellMin, 0);
}

function withCells(hosts: Map<string, number[]>, width: number, cell: number,
    labelIfWide: number): MapLayout {
  let most = 1;
  for (const workers of hosts.values()) most = Math.max(most, workers.length);
  const columns = Math.max(1, Math.min(Math.ceil(Math.sqrt(most * 2)), Math.floor(width / cell)));
  const blockWidth = columns * cell;
  const label = blockWidth >= labelWidthMin ? labelIfWide : 0;
  const gap = most > 1 ? Math.min(blockGap, cell) : 0;
  const blocks: MapBlock[] = [];
  let x = 0;
  let y = 0;
  let bottom = 0;
  for (const [host, workers] of hosts) {
    if (x > 0 && x + blockWidth > width) {
      x = 0;
      y = bottom;
    }
    blocks.push({ host, x, y, columns, workers });
    const rows = Math.ceil(workers.length / columns);
    bottom = Math.max(bottom, y + label + rows * cell + gap);
    x += blockWidth + gap;
  }
  return { cell, label, blocks, height: bottom };
}

// The middle of a worker's cell; null if it has none.
export function cellOf(layout: MapLayout, worker: number): { x: number; y: number } | null {
  for (const block of layout.blocks) {
    const index = block.workers.indexOf(worker);
    if (index < 0) continue;
    return {
      x: block.x + (index % block.columns + 0.5) * layout.cell,
      y: block.y + layout.label + (Math.floor(index / block.columns) + 0.5) * layout.cell,
    };
  }
  return null;
}

// The worker whose cell is next to that of `worker` in a direction of `x` and `y`, -1 to 1: in the
// same host, else in the nearest one.  Null: there is none.
export function nextCell(layout: MapLayout, worker: number, x: number, y: number): number | null {
  const from = cellOf(layout, worker);
  if (from === null) return null;
  let best: number | null = null;
  let bestCost = Infinity;
  for (const block of layout.blocks) {
    block.workers.forEach((id, index) => {
      const dx = block.x + (index % block.columns + 0.5) * layout.cell - from.x;
      const dy = block.y + layout.label +
        (Math.floor(index / block.columns) + 0.5) * layout.cell - from.y;
      const ahead = dx * x + dy * y;
      const aside = Math.abs(dx * y) + Math.abs(dy * x);
      if (ahead <= 0.5 || aside > ahead + layout.cell / 2) return;
      const cost = ahead + 2 * aside;
      if (cost >= bestCost) return;
      best = id;
      bestCost = cost;
    });
  }
  return best;
}

// The worker at a point.
export function workerAt(layout: MapLayout, x: number, y: number): number | null {
  for (const block of layout.blocks) {
    const column = Math.floor((x - block.x) / layout.cell);
    const row = Math.floor((y - block.y - layout.label) / layout.cell);
    if (column < 0 || column >= block.columns || row < 0) continue;
    const worker = block.workers[row * block.columns + column];
    if (worker !== undefined && row < Math.ceil(block.workers.length / block.columns)) {
      return worker;
    }
  }
  return null;
}
