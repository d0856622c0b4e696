// An update of a stream as a cluster takes it: never a move and another number of copies at once, and none while the one
// before is under way.

import { setTimeout as pause } from "node:timers/promises";
import { canonical } from "../schema/canonical.ts";
import type { Json, JsonObject } from "../schema/json.ts";
import { call, isApiError, type Requests } from "./jetstream-api.ts";

/** From what is there to what is wanted, in one or two steps. Throws what the server says. */
export async function updateStream(
  connection: Requests,
  name: string,
  wanted: JsonObject,
  live: JsonObject,
): Promise<void> {
  for (const config of stepsTo(wanted, live)) await whenItMay(() => call(connection, `STREAM.UPDATE.${name}`, config));
}

/** Copies that are too many go before the move, those that are missing come after it. */
function stepsTo(wanted: JsonObject, live: JsonObject): readonly JsonObject[] {
  const [copies, before] = [copiesIn(wanted), copiesIn(live)];
  const moves = isPlaced(wanted) && canonical(wanted.placement ?? null) !== canonical(live.placement ?? null);
  if (!moves || copies === before) return [wanted];
  if (copies > before) return [{ ...wanted, num_replicas: before }, wanted];
  const { placement: _, ...scaled } = wanted;
  return [isPlaced(live) ? { ...scaled, placement: live.placement ?? null } : scaled, wanted];
}

const copiesIn = ({ num_replicas }: JsonObject): number => Number(num_replicas ?? 1);
const isPlaced = ({ placement }: JsonObject): boolean => isThere(placement);
const isThere = (value: Json | undefined): boolean => value !== undefined && value !== null;

/** A move, or other copies, are under way. */
const underWay: ReadonlySet<number> = new Set([10124, 10226]);
const lookMs = 250;
/** Two minutes: as long as a stream's messages take to get there. */
const looks = 480;

async function whenItMay(update: () => Promise<unknown>): Promise<void> {
  for (let looked = 1; ; looked += 1) {
    try {
      await update();
      return;
    } catch (error) {
      if (!isApiError(error) || !underWay.has(error.errCode) || looked === looks) throw error;
      await pause(lookMs);
    }
  }
}
