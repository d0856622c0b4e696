// The tables of the stream as the server describes them: anew whenever they have changed, before the first change that
// has their new form.

import type { JsonSchema } from "../../schema/json.ts";
import type { Table } from "./catalog.ts";
import { type RowForm, rowForm } from "./change-message.ts";
import type { Types } from "./column-types.ts";
import { tableText } from "./connection.ts";
import type { Relation } from "./pgoutput.ts";

/** A relation as it is described now. */
export interface Described {
  readonly relation: Relation;
  /** Undefined: not one of ours. */
  readonly table: Table | undefined;
  readonly form: RowForm;
}

export interface Relations {
  set(relation: Relation): void;
  tableOf(oid: number): Table | undefined;
  /** At once where it is known. Rejects where the server has not described it. */
  describe(oid: number): Described | Promise<Described>;
}

export interface RelationsOptions {
  readonly tables: readonly Table[];
  readonly types: Types;
  readonly contract: JsonSchema | undefined;
  /** Resolves once the catalogue shows what the transaction in hand has made. */
  visible(): Promise<void>;
}

export function createRelations({ tables, types, contract, visible }: RelationsOptions): Relations {
  const byText = new Map(tables.map((table) => [table.text, table]));
  const relations = new Map<number, Relation>();
  const described = new Map<number, Described>();
  const tableOf = (oid: number): Table | undefined => {
    const relation = relations.get(oid);
    return relation === undefined ? undefined : byText.get(textOf(relation));
  };

  const learn = async (oid: number): Promise<Described> => {
    const relation = relations.get(oid);
    if (relation === undefined) throw new Error("the server sent a change of a table that it has not described");
    const table = tableOf(oid);
    const oids = relation.columns.map(({ type }) => type);
    // A type that was made with them.
    if (table !== undefined && !oids.every((type) => types.knows(type))) await visible();
    if (table !== undefined) await types.learn(oids);
    const fresh = { relation, table, form: formOf(relation, table, types, contract) };
    described.set(oid, fresh);
    return fresh;
  };
  return {
    set: (relation) => {
      relations.set(relation.oid, relation);
      described.delete(relation.oid);
    },
    tableOf,
    describe: (oid) => described.get(oid) ?? learn(oid),
  };
}

const textOf = ({ schema, table }: Relation): string => tableText({ schema, table });

function formOf(relation: Relation, table: Table | undefined, types: Types, contract: JsonSchema | undefined): RowForm {
  if (table === undefined) return { table: textOf(relation), columns: [], key: [] };
  // With FULL all columns are marked.
  const key =
    relation.identity === "f" ? table.key : relation.columns.filter((column) => column.key).map(({ name }) => name);
  // In the order of the index, as the snapshot has it.
  const ordered = table.key.length === key.length && table.key.every((name) => key.includes(name)) ? table.key : key;
  return rowForm(table.text, relation.columns, ordered, types, contract);
}
