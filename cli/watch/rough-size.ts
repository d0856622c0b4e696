// Sizes of what grows all the time: three figures say enough.

const units = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** `812 B`, `1.2 GiB`. */
export function roughSize(bytes: number): string {
  let size = Math.max(0, bytes);
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : Number(size.toFixed(1))} ${units[unit]}`;
}
