// Headers of what anybody may have published: the library decodes them when they are asked for, and throws where their
// bytes are none, which in a subscription's callback would close the connection.

import type { Msg } from "@nats-io/nats-core";

export const unreadableHeaders = "its headers are malformed";

export function hasReadableHeaders(message: Msg): boolean {
  try {
    message.headers?.keys();
    return true;
  } catch {
    return false;
  }
}
