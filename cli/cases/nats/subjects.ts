// Which subjects a filter matches: `*` one token, `>` all that follow.

export function matches(filter: string, subject: string): boolean {
  if (filter === subject) return true;
  if (!filter.includes("*") && !filter.endsWith(">")) return false;
  const wanted = filter.split(".");
  const tokens = subject.split(".");
  for (const [index, token] of wanted.entries()) {
    if (token === ">") return tokens.length > index;
    if (tokens[index] === undefined || (token !== "*" && token !== tokens[index])) return false;
  }
  return wanted.length === tokens.length;
}
