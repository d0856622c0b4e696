// What a connector can do, derived from its manifest: lists, pages and tests say the same of it.

import type { Manifest } from "./connector.ts";

/** Each with what it means, in the order in which they are listed. */
export const capabilities = {
  source: "reads: messages enter by it",
  target: "writes: messages leave by it",
  call: "is asked by steps, and by sources that poll",
  connection: "has named connections",
  batches: "takes a list of messages as one delivery",
  replies: "answers a sender that waits",
  polls: "asks by a `call` of another connector, page by page",
  remembers: "keeps a place of its own in the tenant's account",
  singleton: "one worker at a time runs it, by a lease",
} as const;

export type Capability = keyof typeof capabilities;

export function capabilitiesOf({
  source,
  target,
  call,
  connection,
  connections = [],
}: Manifest): readonly Capability[] {
  const has: Readonly<Record<Capability, boolean>> = {
    source: source !== undefined,
    target: target !== undefined,
    call: call !== undefined,
    connection: connection !== undefined || connections.length > 0,
    batches: target?.batches === true,
    replies: source?.replies === true,
    polls: source?.polls === true,
    remembers: source?.remembers === true,
    singleton: source?.singleton !== undefined,
  };
  return (Object.keys(capabilities) as Capability[]).filter((name) => has[name]);
}
