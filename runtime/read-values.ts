// What stood where an expression failed or a contract was broken, for the person who opens the dead letter: few values,
// cut short, secrets masked. Nothing here is done for a message that does not fail.

import type { Envelope } from "../schema/envelope.ts";
import type { Failure } from "../schema/outcome.ts";
import type { WalkedOne } from "../schema/worker.ts";
import { asciiJson, metaOf } from "./envelope.ts";
import type { Mask } from "./mask.ts";
import type { Program } from "./program.ts";

type Failed = Extract<WalkedOne, { kind: "failed" }>;
type Read = NonNullable<Failure["read"]>;

const mostPaths = 20;
const longestPath = 200;
const longestValue = 200;
/** Of all together, as a header writes them: a letter must find room beside its message. */
const mostBytes = 4_000;

/** Undefined when nothing was read. */
export function readValues(mask: Mask, program: Program, envelope: Envelope, failed: Failed): Read | undefined {
  const read: Record<string, string> = {};
  let bytes = 0;
  for (const [path, value] of valuesOf(program, envelope, failed)) {
    const text = short(mask(preview(value)), longestValue);
    bytes += asciiJson([path, text]).length;
    if (bytes > mostBytes || Object.keys(read).length === mostPaths) break;
    read[path] = text;
  }
  return Object.keys(read).length === 0 ? undefined : read;
}

function* valuesOf(program: Program, envelope: Envelope, { place, seen, broke }: Failed): Generator<[string, unknown]> {
  if (broke !== undefined) {
    for (const { path } of broke.issues) {
      const keys = path.split("/").slice(1).map(unescaped);
      yield [short(path === "" ? "the body" : path, longestPath), memberOf(broke.value, keys)];
    }
    return;
  }
  const { headers, error } = envelope;
  const roots = { ...seen, headers, error, meta: metaOf(envelope), settings: program.env.settings };
  for (const path of program.bundle.reads?.[place] ?? []) {
    const [root, ...keys] = path;
    // What the walk did not hand out is not shown as if it were absent.
    if (root === undefined || !Object.hasOwn(roots, root)) continue;
    yield [short(nameOf(path), longestPath), memberOf(roots, path)];
    if (keys.length > 0) yield* brokenChain(roots, path);
  }
}

/** `cannot read "name" of undefined` is told by what comes before it. */
function* brokenChain(roots: object, path: readonly (string | number)[]): Generator<[string, unknown]> {
  for (let length = 2; length < path.length; length += 1) {
    const value = memberOf(roots, path.slice(0, length));
    if (typeof value === "object" && value !== null) continue;
    yield [short(nameOf(path.slice(0, length)), longestPath), value];
    return;
  }
}

function memberOf(value: unknown, keys: readonly (string | number)[]): unknown {
  let member = value;
  for (const key of keys) {
    if (typeof member !== "object" || member === null || !Object.hasOwn(member, key)) return undefined;
    member = Reflect.get(member, key);
  }
  return member;
}

/** `body.lines[0]["unit price"]` */
function nameOf([root, ...keys]: readonly (string | number)[]): string {
  const rest = keys.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
  });
  return `${root}${rest.join("")}`;
}

const unescaped = (part: string): string => part.replaceAll("~1", "/").replaceAll("~0", "~");

/** As JSON, but only as far as anyone will see it: what a walk holds may be large, or share its parts without end. */
function preview(value: unknown): string {
  // A secret must be whole to be found and masked, so the text is cut afterwards.
  let room = 16_384;
  const write = (part: unknown): string => {
    if (room <= 0) return "…";
    if (Array.isArray(part)) return group("[", part, write, "]");
    if (typeof part === "object" && part !== null) {
      return group("{", Object.keys(part), (key) => `${write(key)}:${write(Reflect.get(part, String(key)))}`, "}");
    }
    const text = typeof part === "string" ? JSON.stringify(part.slice(0, room)) : String(part);
    room -= text.length;
    return text;
  };
  const group = (open: string, parts: readonly unknown[], one: (part: unknown) => string, close: string): string => {
    room -= 2;
    const written: string[] = [];
    for (const part of parts) {
      if (room <= 0) {
        written.push("…");
        break;
      }
      room -= 1;
      written.push(one(part));
    }
    return open + written.join(",") + close;
  };
  return write(value);
}

const short = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
