// Who sends a request and does not come to its end holds a connection. A request has so long for all of it; one that may
// be as large as it likes must go on, for as long as it is we who are waiting.

import type { IncomingMessage } from "node:http";

export interface SlowSenders {
  /** Until its last byte has come. */
  watch(request: IncomingMessage): void;
  close(): void;
}

interface Coming {
  since: number;
  /** Of its connection, then. */
  bytes: number;
}

/** Bytes that must come in the time for a whole request, from one of those. */
const least = 64 * 1024;

const large = new WeakSet<IncomingMessage>();

/** However long it takes, as long as it goes on. */
export const mayTakeLong = (request: IncomingMessage): void => void large.add(request);

export function slowSenders(
  { requestTimeout, checkEvery }: { readonly requestTimeout: number; readonly checkEvery: number },
  cut: (request: IncomingMessage) => void,
): SlowSenders {
  const coming = new Map<IncomingMessage, Coming>();
  const goesOn = (request: IncomingMessage, { bytes }: Coming): boolean =>
    // What has come and was not read yet is not the sender's fault.
    large.has(request) && (request.readableLength > 0 || request.socket.bytesRead - bytes >= least);
  let looked = performance.now();
  const look = (): void => {
    const now = performance.now();
    // For so long it was we who did not listen.
    const away = Math.max(0, now - looked - 2 * checkEvery);
    looked = now;
    for (const [request, each] of coming) {
      each.since += away;
      if (goesOn(request, each)) Object.assign(each, { since: now, bytes: request.socket.bytesRead });
      else if (now - each.since > requestTimeout) {
        coming.delete(request);
        cut(request);
      }
    }
  };
  const looking = setInterval(look, checkEvery);
  looking.unref();
  return {
    watch: (request) => {
      if (request.complete) return;
      coming.set(request, { since: performance.now(), bytes: request.socket.bytesRead });
      const over = (): void => void coming.delete(request);
      request.once("end", over);
      request.once("close", over);
    },
    close: () => clearInterval(looking),
  };
}
