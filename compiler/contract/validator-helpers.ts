// The functions that a printed validator calls: each is written into it only when it is needed.

import { formatHelpers } from "./formats.ts";

/** The helpers that the code calls, and those that they call. */
export function helpersFor(body: string): readonly string[] {
  let code = body;
  const wanted = helperTexts.toReversed().filter(({ name, text }) => {
    const called = new RegExp(`\\b${name}\\(`).test(code);
    if (called) code += text;
    return called;
  });
  return wanted.toReversed().map(({ text }) => text);
}

/** Each calls only helpers above it. */
const helperTexts: readonly { readonly name: string; readonly text: string }[] = [
  {
    name: "shown",
    // A key is the sender's text: it is shown only when it looks like a name.
    text: `const shown = (key) => /^[\\w.@:-]{1,64}$/.test(key) ? "/" + key : "/*";`,
  },
  {
    name: "shifted",
    // By its decimal text: 19.99 * 100 is not 1999.
    text: `const shifted = (value, places) => { const [digits, exponent = "0"] = String(value).split("e"); return Number(digits + "e" + (Number(exponent) + places)); };`,
  },
  {
    name: "isMultiple",
    text: `const isMultiple = (value, unit, places) => { const whole = shifted(value, places); return Number.isInteger(whole) && whole % unit === 0; };`,
  },
  {
    name: "matches",
    // One look at each character: the interval that it is in by halving, then the table.
    text: `const matches = ({ from, column, columns, next, match }, text) => {
let state = 0;
for (let i = 0; i < text.length && state >= 0 && match[state] < 2; i++) {
const point = text.codePointAt(i);
if (point > 65535) i++;
let low = 0, high = from.length - 1;
while (low < high) { const middle = (low + high + 1) >> 1; if (from[middle] <= point) low = middle; else high = middle - 1; }
state = next[state * columns + column[low]];
}
return state >= 0 && match[state] > 0;
};`,
  },
  {
    name: "points",
    text: `const points = (text) => { let count = 0; for (const _ of text) count++; return count; };`,
  },
  {
    name: "atLeast",
    text: `const atLeast = (text, count) => text.length >= count && (text.length >= 2 * count || points(text) >= count);`,
  },
  {
    name: "atMost",
    text: `const atMost = (text, count) => text.length <= count || (text.length <= 2 * count && points(text) <= count);`,
  },
  ...Object.values(formatHelpers).map(({ helper, text }) => ({ name: helper, text })),
];
