// The colours of workers or hosts in the throughput: each keeps its own while others come and go.

export class GroupColors {
  private readonly colors = new Map<string, number>();

  constructor(private readonly count: number) {}

  // Gives each new group the first free colour, from 0 on; those of groups that are gone are free.
  assign(groups: string[]) {
    for (const group of this.colors.keys()) if (!groups.includes(group)) this.colors.delete(group);
    for (const group of groups) if (!this.colors.has(group)) this.colors.set(group, this.free());
  }

  of(group: string): number {
    return this.colors.get(group) ?? 0;
  }

  private free(): number {
    const used = new Set(this.colors.values());
    for (let color = 0; color < this.count; color += 1) if (!used.has(color)) return color;
    return this.colors.size % this.count;
  }
}
