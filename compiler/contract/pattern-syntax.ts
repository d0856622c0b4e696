// A regular expression of JavaScript's `u` mode as a tree, as far as it describes a regular language. It has been
// parsed by JavaScript before, so only what is legal arrives here.

/** Code points from–to, both included; sorted, without overlap. */
export type Ranges = readonly (readonly [number, number])[];

export type PatternNode =
  | { readonly kind: "set"; readonly ranges: Ranges }
  | { readonly kind: "sequence" | "choice"; readonly items: readonly PatternNode[] }
  /** `max` undefined: without end. */
  | { readonly kind: "repeat"; readonly item: PatternNode; readonly min: number; readonly max: number | undefined }
  | { readonly kind: "start" | "end" };

/** A legal regular expression that is outside the subset. */
export class PatternRefusal extends Error {
  readonly help: string;
  constructor(message: string, help: string) {
    super(message);
    this.help = help;
  }
}

const last = 0x10ffff;
const digit: Ranges = [[0x30, 0x39]];
const word: Ranges = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const space: Ranges = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const lineEnd: Ranges = [
  [0x0a, 0x0a],
  [0x0d, 0x0d],
  [0x2028, 0x2029],
];
const classes: Readonly<Record<string, Ranges>> = {
  d: digit,
  D: without(digit),
  w: word,
  W: without(word),
  s: space,
  S: without(space),
};
const controls: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, "0": 0 };

export function parsePattern(pattern: string): PatternNode {
  const text = Array.from(pattern);
  let at = 0;
  const take = (wanted: string): boolean => {
    if (text[at] !== wanted) return false;
    at++;
    return true;
  };
  return choice();

  function choice(): PatternNode {
    const items = [sequence()];
    while (take("|")) items.push(sequence());
    return { kind: "choice", items };
  }

  function sequence(): PatternNode {
    const items: PatternNode[] = [];
    while (at < text.length && text[at] !== "|" && text[at] !== ")") items.push(repeated(atom()));
    return { kind: "sequence", items };
  }

  function atom(): PatternNode {
    if (take("^")) return { kind: "start" };
    if (take("$")) return { kind: "end" };
    if (take("(")) return group();
    if (take(".")) return { kind: "set", ranges: without(lineEnd) };
    if (take("[")) return { kind: "set", ranges: bracket() };
    if (take("\\")) return { kind: "set", ranges: escaped(false) };
    return { kind: "set", ranges: single(next()) };
  }

  function group(): PatternNode {
    if (take("?") && !take(":")) {
      const ahead = text.slice(at, at + 2).join("");
      if (ahead.startsWith("=") || ahead.startsWith("!") || ahead === "<=" || ahead === "<!")
        throw new PatternRefusal("`pattern` looks around with `(?…`.", "Say it in two fields, or list the values.");
      if (!take("<")) throw new PatternRefusal("`pattern` switches flags with `(?…`.", "Write `[Aa]` for both cases.");
      while (!take(">")) at++;
    }
    const inner = choice();
    at++;
    return inner;
  }

  function repeated(item: PatternNode): PatternNode {
    const bounds = take("*") ? [0] : take("+") ? [1] : take("?") ? [0, 1] : take("{") ? counts() : undefined;
    if (bounds === undefined) return item;
    // Lazy or greedy makes no difference to whether it matches.
    take("?");
    return { kind: "repeat", item, min: bounds[0] ?? 0, max: bounds[1] };
  }

  function counts(): readonly number[] {
    const end = text.indexOf("}", at);
    const [min = "0", max] = text.slice(at, end).join("").split(",");
    at = end + 1;
    if (max === "") return [Number(min)];
    return [Number(min), Number(max ?? min)];
  }

  function bracket(): Ranges {
    const negated = take("^");
    const found: (readonly [number, number])[] = [];
    while (!take("]")) {
      const from = member();
      const [low] = from;
      if (text[at] === "-" && text[at + 1] !== "]" && low !== undefined) {
        at++;
        const [high] = member();
        found.push([low[0], high?.[1] ?? low[0]]);
      } else found.push(...from);
    }
    return negated ? without(joined(found)) : joined(found);
  }

  function member(): Ranges {
    return take("\\") ? escaped(true) : single(next());
  }

  function escaped(inBracket: boolean): Ranges {
    const letter = text[at++] ?? "";
    const known = classes[letter];
    if (known !== undefined) return known;
    if (letter === "b" && inBracket) return single(8);
    if (letter === "b" || letter === "B")
      throw new PatternRefusal("`pattern` asks for word boundaries.", "Name the characters around it.");
    if (letter === "p" || letter === "P")
      throw new PatternRefusal(
        "`pattern` names a Unicode property, which grows with every version of Unicode.",
        "Write the ranges that are meant, such as `[A-Za-zÀ-ÿ]`.",
      );
    if (/[1-9k]/.test(letter))
      throw new PatternRefusal("`pattern` refers back to a group.", "Write the part out a second time.");
    if (letter === "c") return single(next() % 32);
    if (letter === "x") return single(hex(2));
    if (letter === "u") return single(unicode());
    return single(controls[letter] ?? letter.codePointAt(0) ?? 0);
  }

  function unicode(): number {
    if (take("{")) {
      const end = text.indexOf("}", at);
      const value = hex(end - at);
      at++;
      return value;
    }
    const unit = hex(4);
    const pair = /^\\u(d[c-f][0-9a-f]{2})$/i.exec(text.slice(at, at + 6).join(""));
    if (unit < 0xd800 || unit > 0xdbff || pair === null) return unit;
    at += 6;
    return (unit - 0xd800) * 0x400 + (Number.parseInt(pair[1] ?? "", 16) - 0xdc00) + 0x10000;
  }

  function hex(length: number): number {
    at += length;
    return Number.parseInt(text.slice(at - length, at).join(""), 16);
  }

  function next(): number {
    return text[at++]?.codePointAt(0) ?? 0;
  }
}

const single = (point: number): Ranges => [[point, point]];

function joined(ranges: Ranges): Ranges {
  const result: [number, number][] = [];
  for (const [low, high] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before !== undefined && low <= before[1] + 1) before[1] = Math.max(before[1], high);
    else result.push([low, high]);
  }
  return result;
}

function without(ranges: Ranges): Ranges {
  const result: [number, number][] = [];
  let from = 0;
  for (const [low, high] of ranges) {
    if (low > from) result.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= last) result.push([from, last]);
  return result;
}
