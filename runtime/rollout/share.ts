// Which edition a key belongs to. The same on every worker and after every restart; another rollout takes other keys, so
// that no customer is always the first.

import { createHash } from "node:crypto";
import type { Envelope } from "../../schema/envelope.ts";
import { allParts, type Canary } from "../../schema/rollout.ts";
import { isInPieces } from "../content/assemble.ts";
import { orderKeyOf } from "../order-key.ts";
import { parseJson } from "../parse-json.ts";
import type { Program } from "../program.ts";

/** From 0 to 9,999. */
export function partOf({ bundle }: Pick<Canary, "bundle">, key: string): number {
  return createHash("sha256").update(bundle).update("\0").update(key, "utf8").digest().readUInt32BE(0) % allParts;
}

/** A key that a smaller share has stays in a larger one. */
export const isInShare = (canary: Pick<Canary, "bundle" | "share">, key: string): boolean =>
  partOf(canary, key) < canary.share;

/**
 * Messages with one order key belong together, in whatever edition; the stable one, which has taken them in, says which
 * key that is. Without order each message has its id.
 */
export function takenBy(canary: Canary, stable: Program): (envelope: Envelope) => boolean {
  if (stable.bundle.order === undefined) return ({ id }) => isInShare(canary, id);
  return (envelope) => {
    // Its key is not known before it is put together, and no key shall have two editions because of that.
    if (isInPieces(envelope)) return false;
    const value = parseJson(Buffer.from(envelope.body).toString("utf8"));
    const key = value === undefined ? undefined : orderKeyOf(stable, envelope, value);
    return isInShare(canary, key ?? envelope.id);
  };
}
