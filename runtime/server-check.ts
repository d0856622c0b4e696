// Asked before anything runs: does this server keep what we promise?

import { isJsonObject } from "../schema/json.ts";
import { supportedServer } from "../schema/server-version.ts";
import type { Requests } from "./request.ts";
import { startFailure } from "./start-failure.ts";
import { ask } from "./stream-api.ts";
import type { Wire } from "./wire.ts";

/** Schedules and message TTLs; older servers ignore them in silence. */
const leastLevel = 2;

/** Throws a StartFailure. */
export async function checkServer(connection: Wire, requests: Requests): Promise<void> {
  const version = connection.info?.version;
  if (version === undefined)
    throw startFailure("unreachable", "NATS is not connected; start it or correct its address");
  const supported = supportedServer(version);
  if (!supported.ok) throw startFailure("unsupported", supported.reason);
  const info = await ask(requests, "$JS.API.INFO");
  if (info === undefined) {
    throw startFailure(
      "unsupported",
      `JetStream of ${connection.getServer()} does not answer; enable it for the account, or, where it is, take the credentials of this tenant's own worker`,
    );
  }
  const api = info.api;
  const level = isJsonObject(api) ? api.level : undefined;
  if (typeof level === "number" && level >= leastLevel) return;
  throw startFailure(
    "unsupported",
    `JetStream of ${connection.getServer()} has API level ${String(level)}; 2 is needed`,
  );
}
