// Subjects and patterns as NATS compares them: independent of the server, to hold against what the server does.

/** True when every subject that `given` stands for is one that `pattern` stands for; both may hold wildcards. */
export function covers(pattern: string, given: string): boolean {
  const wanted = pattern.split(".");
  const tokens = given.split(".");
  for (const [index, token] of wanted.entries()) {
    if (token === ">") return tokens.length > index;
    const mine = tokens[index];
    if (mine === undefined || mine === ">" || (token !== "*" && token !== mine)) return false;
  }
  return tokens.length === wanted.length;
}

/** A subject that the pattern stands for. */
export const sample = (pattern: string, token = "x"): string =>
  pattern
    .split(".")
    .map((part) => (part === "*" || part === ">" ? token : part))
    .join(".");
