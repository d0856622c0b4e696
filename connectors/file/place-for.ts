// The place that the settings name: the worker's data folder, or what the connection says by its `connector`.

import type { JsonObject } from "../../schema/json.ts";
import { objectSetting } from "../setting.ts";
import { localPlace } from "./local-place.ts";
import type { Place } from "./place.ts";

/** Throws an ordinary error when the settings are wrong; whether the place can be reached is seen when it is used. */
export async function placeFor(settings: JsonObject, root: string): Promise<Place> {
  const connection = objectSetting(settings, "connection");
  if (connection === undefined) return await localPlace(root);
  throw new Error(`files on a connection of ${String(connection.connector)} are not run by this version yet`);
}
