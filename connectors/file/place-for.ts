// The place that the settings name: the worker's data folder, or what the connection says by its `connector`.

import type { Clock, Log } from "../../schema/connector.ts";
import type { JsonObject } from "../../schema/json.ts";
import { type Network, publicNetwork } from "../network.ts";
import { objectSetting } from "../setting.ts";
import { localPlace } from "./local-place.ts";
import type { Place } from "./place.ts";

/** What a tenant's files have of the worker. */
export interface Reach {
  /** Where its connections may lead. */
  readonly network: Network;
  /** Keys of servers that were seen before, by host and port. */
  readonly believed: Map<string, string>;
}

export const publicReach = (): Reach => ({ network: publicNetwork, believed: new Map() });

interface Context {
  readonly settings: JsonObject;
  readonly clock: Clock;
  readonly log: Log;
}

/** Throws an ordinary error when the settings are wrong; whether the place can be reached is seen when it is used. */
export async function placeFor({ settings, clock, log }: Context, root: string, reach: Reach): Promise<Place> {
  const connection = objectSetting(settings, "connection");
  if (connection === undefined) return await localPlace(root);
  const options = { ...reach, clock, log };
  if (connection.connector === "sftp") return (await import("../sftp/place.ts")).sftpPlace(connection, options);
  if (connection.connector === "s3") return (await import("../s3/place.ts")).s3Place(connection, options);
  throw new Error("`connection` must be one of `sftp` or `s3`");
}
