// The names that some expression may see. Which of them exist at a place is said by whoever reads that place.

export const knownRoots = [
  "body",
  "headers",
  "meta",
  "vars",
  "settings",
  "secrets",
  "params",
  "error",
  "batch",
  "page",
  "cursor",
] as const;

export type Root = (typeof knownRoots)[number];

export function isRoot(name: string): name is Root {
  return knownRoots.some((root) => root === name);
}

/** Known before any message. */
export function isConstantRoot(name: string): boolean {
  return name === "settings" || name === "secrets";
}
