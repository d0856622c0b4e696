// A contract's identity: messages and bundles name it by this.

import { canonical, sha256 } from "../../schema/canonical.ts";
import type { JsonSchema } from "../../schema/json.ts";

/** SHA-256 of the canonical schema, hex. */
export function contractHash(schema: JsonSchema): string {
  return sha256(canonical(schema));
}
