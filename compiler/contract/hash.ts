// A contract's identity: messages and bundles name it by this.

import { canonical, sha256 } from "../../schema/canonical.ts";
import type { JsonSchema } from "../../schema/json.ts";
import { perSchema } from "./per-schema.ts";

/** SHA-256 of the canonical schema, hex. */
export function contractHash(schema: JsonSchema): string {
  return hashOnce(schema, () => undefined);
}

const hashOnce = perSchema((schema) => sha256(canonical(schema)));
