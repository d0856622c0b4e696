// The look at a message's bytes before it is parsed: what lacks the texts that its first filter asks for is dropped.

import type { PrefilterCode } from "../schema/worker.ts";

/** Whether the filter can be true of this body. */
export type MayPass = (body: Uint8Array) => boolean;

const backslash = 0x5c;

export function mayPass({ groups }: PrefilterCode): MayPass {
  const needles = groups.map((group) => group.map((text) => Buffer.from(text, "utf8")));
  return (body) => {
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
    const passes = needles.every((group) => group.some((needle) => bytes.includes(needle)));
    // With an escape, the same text may be written in other bytes.
    return passes || bytes.includes(backslash);
  };
}
