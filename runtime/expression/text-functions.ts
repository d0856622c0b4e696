// Functions of text that are no methods of JavaScript.

import { integerOf, type List, textOf } from "./arguments.ts";
import type { Budget } from "./budget.ts";
import { fail } from "./failure.ts";
import { builtin } from "./intrinsics.ts";

const whiteSpace = /\s/;
const lastOfPair = /[\udc00-\udfff]/;
/** Letters that no decomposition takes apart. */
const plainLetters: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ħ: "h",
  ı: "i",
};

export function createTextFunctions(budget: Budget) {
  /** Going through a text sign by sign costs more than copying it. */
  const walked = (value: unknown, what: string): string => {
    const text = textOf(value, what, budget);
    budget.tick(text.length >>> 2);
    return text;
  };

  const pieces = (text: string, isEnd: (sign: string) => boolean): string[] => {
    const result: string[] = [];
    let start = 0;
    for (let at = 0; at <= text.length; at += 1) {
      if (at < text.length && !isEnd(text[at] ?? "")) continue;
      result[result.length] = builtin.slice(text, start, at);
      if (result.length > budget.limits.items) budget.items(result.length);
      // One end of a line.
      if (text[at] === "\r" && text[at + 1] === "\n") at += 1;
      start = at + 1;
    }
    return result;
  };

  return {
    words: (value: unknown): List => {
      const all = pieces(walked(value, "words"), isSpace);
      const words: string[] = [];
      for (let index = 0; index < all.length; index += 1) {
        const word = all[index] ?? "";
        if (word !== "") words[words.length] = word;
      }
      budget.items(words.length);
      return words;
    },
    lines: (value: unknown): List => {
      const all = pieces(walked(value, "lines"), (sign) => sign === "\n" || sign === "\r");
      const lines = all[all.length - 1] === "" ? builtin.sliceOf(all, 0, all.length - 1) : all;
      budget.items(lines.length);
      return lines;
    },
    capitalize: (value: unknown): string => {
      const text = textOf(value, "capitalize", budget);
      if (text === "") return "";
      const first = builtin.codePointAt(text, 0) > 0xffff ? 2 : 1;
      const head = builtin.toUpperCase(builtin.slice(text, 0, first));
      return budget.bounded(head + builtin.slice(text, first, text.length));
    },
    truncate: (value: unknown, length: unknown, end: unknown = "…"): string => {
      const text = textOf(value, "truncate", budget);
      const most = integerOf(length, "truncate");
      if (most < 0) return fail("`truncate` takes a length of 0 or more");
      const tail = textOf(end, "truncate", budget);
      if (text.length <= most) return text;
      if (tail.length >= most) return cut(tail, most);
      return cut(text, most - tail.length) + tail;
    },
    slug: (value: unknown): string => {
      const text = walked(value, "slug");
      // Some signs become many when they are taken apart.
      budget.tick(text.length);
      const plain = builtin.decomposed(builtin.toLowerCase(text));
      let slug = "";
      let gap = false;
      for (let at = 0; at < plain.length; at += 1) {
        const sign = plain[at] ?? "";
        const letter = isPlain(sign) ? sign : builtin.hasOwn(plainLetters, sign) ? (plainLetters[sign] ?? "") : "";
        if (letter !== "") {
          slug += gap && slug !== "" ? `-${letter}` : letter;
          gap = false;
        } else if (!isAccent(sign)) gap = true;
      }
      return budget.bounded(slug);
    },
  };
}

const isSpace = (sign: string): boolean =>
  sign <= "\u007f" ? sign === " " || (sign >= "\t" && sign <= "\r") : builtin.matches(whiteSpace, sign);

/** At most that many characters, without half of a pair at the end. */
function cut(text: string, length: number): string {
  const whole = length > 0 && builtin.matches(lastOfPair, text[length] ?? "") ? length - 1 : length;
  return builtin.slice(text, 0, whole);
}

const isPlain = (sign: string): boolean => (sign >= "a" && sign <= "z") || (sign >= "0" && sign <= "9");

/** Combining marks, and the apostrophe inside a word. */
const isAccent = (sign: string): boolean => (sign >= "\u0300" && sign <= "\u036f") || sign === "'" || sign === "’";
