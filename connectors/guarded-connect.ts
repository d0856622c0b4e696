// undici's connections within a Network: a name is judged by what it leads to, an address by itself.

import { isIP } from "node:net";
import { buildConnector } from "undici";
import { lookupWithin, type Network, networkError } from "./network.ts";

export function guardedConnect(network: Network, options: buildConnector.BuildOptions): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: lookupWithin(network) });
  return (asked, callback) => {
    // An address is not looked up, so it would pass by the lookup.
    const refusal = isIP(asked.hostname) === 0 ? undefined : network.refusal(asked.hostname);
    if (refusal === undefined) connect(asked, callback);
    else queueMicrotask(() => callback(networkError(refusal), null));
  };
}
