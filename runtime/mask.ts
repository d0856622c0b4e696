// Secret values must not leave: neither in logs nor in failure messages, events or dead letters.

export type Mask = (text: string) => string;

/** Shorter values would tear holes into innocent text, and protect nothing. */
const shortest = 4;

/** Replaces the values wherever they stand, also percent-encoded or escaped for JSON. */
export function createMask(values: Iterable<string>): Mask {
  const forms = [...values].filter((value) => value.length >= shortest).flatMap(formsOf);
  const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
  if (longestFirst.length === 0) return (text) => text;
  const pattern = new RegExp(longestFirst.map(escaped).join("|"), "g");
  return (text) => text.replace(pattern, "***");
}

function formsOf(value: string): readonly string[] {
  const base64 = Buffer.from(value, "utf8").toString("base64");
  return [value, percentEncoded(value), JSON.stringify(value).slice(1, -1), base64];
}

function percentEncoded(value: string): string {
  try {
    return encodeURIComponent(value);
  } catch {
    return value;
  }
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
