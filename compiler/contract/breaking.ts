// What is different between two versions of a contract, and whom it may break: a reader that was compiled for the
// version before may meet messages of the new one, and one compiled for the new version meets what was stored before.

import type { Json, JsonSchema } from "../../schema/json.ts";
import { compareShapes } from "./includes.ts";
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
}

export interface ContractVersion {
  readonly schema: Json;
  /** The contracts that it refers to, by name. */
  readonly refs?: Readonly<Record<string, JsonSchema>>;
}

/** In the order of the contract; empty when only descriptions differ. */
export function contractDifferences(before: ContractVersion, now: ContractVersion): readonly Difference[] {
  const [was, is] = [shapesOf(before), shapesOf(now)];
  const found = new Map<string, { readonly path: string; readonly text: string; readonly breaks: Set<Breaks> }>();
  const note = (path: string, text: string, ...breaks: readonly Breaks[]): void => {
    const key = `${path}\n${text}`;
    const known = found.get(key) ?? { path, text, breaks: new Set() };
    for (const each of breaks) known.breaks.add(each);
    found.set(key, known);
  };
  const paths = new Set<string>();
  const say =
    (breaks: Breaks) =>
    (path: string, text: string): void => {
      paths.add(path);
      note(path, text, breaks);
    };
  compareShapes({ reader: is, writer: was, now: "reader", say: say("stored") });
  compareShapes({ reader: was, writer: is, now: "writer", say: say("running") });
  for (const [path, text] of comingAndGoing(was, is)) if (!paths.has(path)) note(path, text);
  return [...found.values()].map(({ path, text, breaks }) => ({ path, text, breaks: [...breaks].sort() }));
}

function shapesOf({ schema, refs = {} }: ContractVersion): Shapes {
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
