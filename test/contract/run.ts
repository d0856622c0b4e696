// Runs what the contract printers write, and asks ajv for a second opinion.

import { runInNewContext } from "node:vm";
import { Ajv2020 } from "ajv/dist/2020.js";
import { projectorCode } from "../../compiler/contract/projector.ts";
import { checkSchema } from "../../compiler/contract/schema.ts";
import { validatorCode } from "../../compiler/contract/validator.ts";
import type { JsonSchema } from "../../schema/json.ts";

export interface Issue {
  readonly path: string;
  readonly message: string;
}

type Named = Readonly<Record<string, JsonSchema>>;

const finder = (named: Named) => (name: string) => (Object.hasOwn(named, name) ? named[name] : undefined);

/** The printed validator, loaded as the worker loads it: code that sees nothing but the language itself. */
export function validator(schema: JsonSchema, named: Named = {}): (value: unknown) => readonly Issue[] {
  const problems = checkSchema(schema, finder(named));
  if (problems.length > 0) throw new Error(`outside the subset: ${JSON.stringify(problems)}`);
  return load(validatorCode(schema, finder(named))) as (value: unknown) => readonly Issue[];
}

/** The printed projector. */
export function projector(schema: JsonSchema, named: Named = {}): (value: unknown) => unknown {
  return load(projectorCode(schema, finder(named))) as (value: unknown) => unknown;
}

function load(code: string): unknown {
  // In a realm of its own: whatever the code changed there could be seen.
  return runInNewContext(`"use strict"; ${code}`, Object.create(null));
}

/**
 * Ajv's verdict. Formats are not asked: ajv knows none by itself. `allErrors`, since the other mode forgets a required
 * field whose name is empty.
 */
export function oracle(schema: JsonSchema): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false, ownProperties: true });
  const check = ajv.compile({ ...schema });
  return (value) => check(value) === true;
}
