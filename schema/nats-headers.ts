// Headers of a message that is published. The library's own `set` looks at each name in three ways; ours are known.

import type { MsgHdrs } from "@nats-io/nats-core";
import { MsgHdrsImpl } from "@nats-io/nats-core/internal";

/** Names as they shall be written; what is undefined is left out. Throws when a value is no single line. */
export function natsHeaders(record: Readonly<Record<string, string | undefined>>): MsgHdrs {
  const made = new MsgHdrsImpl();
  for (const name in record) {
    const value = record[name];
    if (value === undefined) continue;
    if (/[\r\n]/.test(value)) throw new Error(`the header ${name} cannot have a line end`);
    made.headers.set(name, [value.trim()]);
  }
  return made;
}
