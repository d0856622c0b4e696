// What is different between two versions of a contract, and whom it may break: a reader that was compiled for the
// version before may meet messages of the new one, and one compiled for the new version meets what was stored before.

import type { Json, JsonSchema } from "../../schema/json.ts";
import { compareShapes, type Difference as Kind } from "./includes.ts";
import { type ResolveRef, readSchema } from "./read.ts";
import { alternatives, type ObjectShape, type Shape, type Shapes } from "./shape.ts";

/** `running`: readers of the version before, by new messages. `stored`: readers of the new version, by old messages. */
export type Breaks = "running" | "stored";

export interface Difference {
  /** `lines[].qty`; "" for the whole message. */
  readonly path: string;
  /** `number is now string` */
  readonly text: string;
  /** Neither: every message of the one fits the other. */
  readonly breaks: readonly Breaks[];
  /** Absent where it breaks nobody. */
  readonly kind?: Kind;
}

export interface ContractVersion {
  readonly schema: Json;
  /** The contracts that it refers to, by name. */
  readonly refs?: Readonly<Record<string, JsonSchema>>;
}

/**
 * In the order of the contract; empty when only descriptions differ. `foreign`: messages of the version before come from
 * outside, and may hold fields that nobody declared.
 */
export function contractDifferences(
  before: ContractVersion,
  now: ContractVersion,
  { foreign = false } = {},
): readonly Difference[] {
  const [was, is] = [shapesOf(before), shapesOf(now)];
  const found = new Map<string, Difference & { readonly breaks: Breaks[] }>();
  const note = (path: string, text: string, breaks?: Breaks, kind?: Kind): void => {
    const key = `${path}\n${text}`;
    const known = found.get(key) ?? { path, text, breaks: [], ...(kind === undefined ? {} : { kind }) };
    if (breaks !== undefined && !known.breaks.includes(breaks)) known.breaks.push(breaks);
    found.set(key, known);
  };
  const paths = new Set<string>();
  const say =
    (breaks: Breaks) =>
    (path: string, text: string, kind: Kind): void => {
      paths.add(path);
      note(path, text, breaks, kind);
    };
  compareShapes({ reader: is, writer: was, now: "reader", foreign, say: say("stored") });
  compareShapes({ reader: was, writer: is, now: "writer", say: say("running") });
  for (const [path, text] of comingAndGoing(was, is)) if (!paths.has(path)) note(path, text);
  return [...found.values()].map((each) => ({ ...each, breaks: each.breaks.toSorted() }));
}

export function shapesOf({ schema, refs = {} }: ContractVersion): Shapes {
  const resolve: ResolveRef = (name) => (Object.hasOwn(refs, name) ? refs[name] : undefined);
  return readSchema(schema, resolve);
}

/** Fields of the message itself that came or went and break nobody: people want to hear of them all the same. */
function comingAndGoing(before: Shapes, now: Shapes): readonly (readonly [string, string])[] {
  const [was, is] = [fields(before), fields(now)];
  return [
    ...[...is].filter((name) => !was.has(name)).map((name) => [name, "is new"] as const),
    ...[...was].filter((name) => !is.has(name)).map((name) => [name, "is gone"] as const),
  ];
}

function fields({ root, refs }: Shapes): ReadonlySet<string> {
  const objects = alternatives(root, refs).filter((leaf: Shape): leaf is ObjectShape => leaf.kind === "object");
  return new Set(objects.flatMap(({ properties }) => properties.map(({ name }) => name)));
}
