// What the types of columns are, asked of the catalogue once per type: domains are what they are made of, arrays what
// they hold. A type that is gone again is text.

import type { ClientBase } from "pg";
import type { Form } from "./read-value.ts";

export interface Types {
  /** Asks for those that are not known yet. */
  learn(oids: readonly number[]): Promise<void>;
  knows(oid: number): boolean;
  formOf(oid: number): Form;
}

const text: Form = { kind: "text" };

const builtIn: ReadonlyMap<number, Form> = new Map<number, Form>([
  [16, { kind: "boolean" }],
  ...[20, 21, 23, 26, 1700].map((oid) => [oid, { kind: "number" }] as const),
  ...[700, 701].map((oid) => [oid, { kind: "float" }] as const),
  ...[114, 3802].map((oid) => [oid, { kind: "json" }] as const),
  [1114, { kind: "timestamp" }],
  [1184, { kind: "timestamptz" }],
  ...[17, 18, 19, 25, 1042, 1043, 1082, 1083, 1186, 1266, 2950].map((oid) => [oid, text] as const),
]);

interface Row {
  readonly oid: string;
  readonly typtype: string;
  readonly typbasetype: string;
  readonly typelem: string;
  readonly typcategory: string;
  readonly typdelim: string;
}

export function createTypes(client: Pick<ClientBase, "query">): Types {
  const known = new Map(builtIn);
  const learn = async (oids: readonly number[]): Promise<void> => {
    const unknown = [...new Set(oids)].filter((oid) => !known.has(oid));
    if (unknown.length === 0) return;
    const { rows } = await client.query<Row>(
      `select t.oid, t.typtype, t.typbasetype, t.typelem, t.typcategory,
         coalesce((select e.typdelim from pg_type e where e.oid = t.typelem), ',') as typdelim
       from pg_type t where t.oid = any($1::oid[])`,
      [unknown],
    );
    // A domain over itself cannot be; what it is made of is looked at first.
    await learn(rows.flatMap((row) => inner(row) ?? []));
    for (const row of rows) known.set(Number(row.oid), formFrom(row, known));
    for (const oid of unknown) if (!known.has(oid)) known.set(oid, text);
  };
  return { learn, knows: (oid) => known.has(oid), formOf: (oid) => known.get(oid) ?? text };
}

const isArray = ({ typcategory, typelem }: Row): boolean => typcategory === "A" && typelem !== "0";

function inner(row: Row): number | undefined {
  if (row.typtype === "d") return Number(row.typbasetype);
  return isArray(row) ? Number(row.typelem) : undefined;
}

function formFrom(row: Row, known: ReadonlyMap<number, Form>): Form {
  const form = known.get(inner(row) ?? 0) ?? text;
  return isArray(row) && row.typtype !== "d" ? { kind: "array", item: form, delimiter: row.typdelim } : form;
}
