// Bytes beside a case's messages: in memory, since a clock that leaps waits for no disk.

import { keptInMemory, type Spool } from "../../runtime/content/spool.ts";
import { contentError } from "../../schema/content.ts";

export const memorySpool = (): Spool => ({
  keep: async (bytes, { most }) => {
    const parts: Uint8Array[] = [];
    for await (const part of bytes) parts.push(part);
    const all = Buffer.concat(parts);
    if (all.length > most) throw contentError("too-large", `it is larger than ${most} bytes`);
    return keptInMemory(all);
  },
  used: () => 0,
  close: async () => undefined,
});
