// The language's JSON Schemas as functions. From sources they are made when they are first asked for; the built command
// has them as code (`.ci/validators.ts`), because to make them takes longer than most workspaces do.

import { _, Ajv2020, type Code, type KeywordCxt, type ValidateFunction } from "ajv/dist/2020.js";
import type { Schemas } from "./compose.ts";
import type { Kind } from "./kinds.ts";
import { fitsUnit, hasOneConnector } from "./own-keywords.ts";

export type Validators = (kind: Kind) => ValidateFunction;

/** Most runs need two or three of them. */
export function createValidators(schemas: Schemas): Validators {
  const ajv = openAjv(schemas);
  const known = new Map<Kind, ValidateFunction>();
  return (kind) => {
    const validate = known.get(kind) ?? ajv.compile({ ...schemas.kinds[kind] });
    known.set(kind, validate);
    return validate;
  };
}

/** `asCode`: what is compiled can be written, with the functions of `own-keywords.ts` as `ownKeywords`. */
export function openAjv({ parts }: Pick<Schemas, "parts">, asCode = false): Ajv2020 {
  // The schemas are the house's own: to validate them in their turn would cost more than to compile them.
  // To optimize the code takes as long as to write it, and it runs a few times.
  const ajv = new Ajv2020({
    allErrors: true,
    strict: false,
    verbose: true,
    validateSchema: false,
    meta: false,
    code: { optimize: asCode, source: asCode, esm: asCode },
  });
  ajv.addSchema({ ...parts });
  const own = (keyword: string, ref: unknown, name: Code): void => {
    ajv.addKeyword({
      keyword,
      code: (context: KeywordCxt) => {
        const asked = context.gen.scopeValue("func", { ref, code: name });
        context.fail(_`!${asked}(${context.schemaValue}, ${context.data})`);
      },
    });
  };
  own("x-vrsky-format", fitsUnit, _`ownKeywords.fitsUnit`);
  own("x-vrsky-one-of", hasOneConnector, _`ownKeywords.hasOneConnector`);
  return ajv;
}
