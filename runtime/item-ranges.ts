// Items of a split by their names, short: `.0` `.1` `.2` `.7` are `.0-2` `.7`, and `.3.0` `.3.1` are `.3.0-1`.

/** In order, each once. */
export function toRanges(items: Iterable<string>): readonly string[] {
  const byList = new Map<string, Set<number>>();
  for (const item of items) {
    const dot = item.lastIndexOf(".");
    const list = item.slice(0, dot + 1);
    const indexes = byList.get(list) ?? new Set();
    byList.set(list, indexes.add(Number(item.slice(dot + 1))));
  }
  return [...byList].flatMap(([list, indexes]) => rangesOf([...indexes].sort((a, b) => a - b)).map((r) => list + r));
}

function rangesOf(sorted: readonly number[]): readonly string[] {
  const ranges: string[] = [];
  let start = sorted[0] ?? 0;
  for (const [position, index] of sorted.entries()) {
    if (sorted[position + 1] === index + 1) continue;
    ranges.push(start === index ? `${index}` : `${start}-${index}`);
    start = sorted[position + 1] ?? 0;
  }
  return ranges;
}

/** The items themselves; what is no range is left out. */
export function fromRanges(ranges: readonly string[] = []): ReadonlySet<string> {
  const items = new Set<string>();
  for (const range of ranges) {
    const found = /^((?:\.\d+)*\.)(\d+)(?:-(\d+))?$/.exec(range);
    if (found === null) continue;
    const [, list, first, last = first] = found;
    for (let index = Number(first); index <= Number(last); index += 1) items.add(`${list}${index}`);
  }
  return items;
}
