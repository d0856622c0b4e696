// What connectors need of a tenant's connection, made of the run time's own link.

import type { NatsDoor } from "../connectors/nats/door.ts";
import type { Link } from "../runtime/link.ts";
import { startPulling } from "../runtime/pull.ts";

export const natsDoor = (link: Link): NatsDoor => ({
  requests: link.requests,
  connected: link.connected,
  flush: link.flush,
  refusals: link.refusals,
  largest: link.largest,
  pull: ({ there, ...options }) =>
    startPulling({
      ...options,
      link,
      begin: () => {
        there();
        return Promise.resolve(true);
      },
    }),
  subscribe: (subject, queue, take, refused) => {
    const subscription = link.connection.subscribe(subject, {
      queue,
      callback: (error, message) => (error === null ? take(message) : refused(error.name)),
    });
    return { end: () => subscription.drain() };
  },
});
