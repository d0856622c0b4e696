// The fields that docs/operating.md promises scripts, by verb.

import { readFileSync } from "node:fs";

const page = readFileSync(new URL("../../docs/operating.md", import.meta.url), "utf8");
const shapes = page.slice(page.indexOf("## Shapes for scripts"));

/** Names of fields that the page does not have. `verb`: `status`. */
export function undocumented(verb: string, ...objects: readonly object[]): readonly string[] {
  const line = shapes.split("\n").find((each) => each.startsWith(`- **\`${verb} --json\`**`)) ?? "";
  const names = new Set([...line.matchAll(/`([A-Za-z]+)\??`/g)].map(([, name]) => name));
  return objects.flatMap((each) => Object.keys(each)).filter((key) => !names.has(key));
}
