// Durations, sizes and times as authors write them.

const milliseconds: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const bytes: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** `250ms 1s 5m 24h 7d` → milliseconds; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  return parse(/^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim()), milliseconds);
}

/** `64KiB 1MiB` → bytes; undefined when it is none. */
export function parseSize(text: string): number | undefined {
  return parse(/^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|TiB)$/.exec(text.trim()), bytes);
}

const time = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

/** `2026-03-29T01:59:00Z`, or with an offset → milliseconds since 1970; undefined when it is none. */
export function parseTime(text: string): number | undefined {
  const [, day] = time.exec(text) ?? [];
  const ms = Date.parse(text);
  // The thirtieth of February would be one in March.
  const midnight = Date.parse(`${day}T00:00:00Z`);
  const isDay = !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(`${day}T`);
  return isDay && !Number.isNaN(ms) ? ms : undefined;
}

/** `512KiB`, `10GiB`: the largest unit that leaves no fraction. */
export function sizeText(size: number): string {
  const [unit = "B", one = 1] = Object.entries(bytes).findLast(([, each]) => size >= each && size % each === 0) ?? [];
  return `${size / one}${unit}`;
}

/** `90s`, `24h`: the largest unit that leaves no fraction. */
export function durationText(ms: number): string {
  const units = Object.entries(milliseconds);
  const [unit = "ms", one = 1] = units.findLast(([, each]) => ms >= each && ms % each === 0) ?? [];
  return `${ms / one}${unit}`;
}

function parse(match: RegExpExecArray | null, units: Readonly<Record<string, number>>): number | undefined {
  if (match === null) return undefined;
  const value = Number(match[1]) * (units[match[2] ?? ""] ?? Number.NaN);
  return Number.isSafeInteger(Math.round(value)) ? Math.round(value) : undefined;
}
