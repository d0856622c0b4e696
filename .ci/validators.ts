// The text that stands for compiler/2-parse/validators.ts in the built command: the schemas as code, for the connectors
// that exist. `.ci/build.mjs` asks for it.

import standalone from "ajv/dist/standalone/index.js";
import { composeSchemas } from "../compiler/2-parse/compose.ts";
import { kinds } from "../compiler/2-parse/kinds.ts";
import { openAjv } from "../compiler/2-parse/validators.ts";
import { manifests } from "../connectors/all.ts";

export function writtenValidators(): string {
  const schemas = composeSchemas(manifests);
  const ajv = openAjv(schemas, true);
  for (const kind of kinds) ajv.addSchema({ ...schemas.kinds[kind] }, kind);
  const names = Object.fromEntries(kinds.map((kind) => [kind, kind]));
  return `import * as ownKeywords from "./own-keywords.ts";
${standalone(ajv, names)}
const written = { ${kinds.join(", ")} };
export const createValidators = () => (kind) => written[kind];
`;
}
