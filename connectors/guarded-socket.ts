// A socket for client libraries that connect it themselves: within a Network, by the address that a name turns out to be.

import { isIP, Socket } from "node:net";
import { lookupWithin, type Network, networkError } from "./network.ts";

export function guardedSocket(network: Network): Socket {
  const socket = new Socket();
  const connect = socket.connect.bind(socket);
  const guarded = (port: number, host: string): Socket => {
    // An address is not looked up, so it would pass by the lookup.
    const refusal = isIP(host) === 0 ? undefined : network.refusal(host);
    if (refusal !== undefined) return socket.destroy(networkError(refusal));
    return connect({ port, host, lookup: lookupWithin(network) });
  };
  return Object.assign(socket, { connect: guarded });
}
