// The header block of a message as text, without the library's own reading of it: that makes a map, an array and two
// checks for each header, which costs more than the mapping of a small message.

import type { Msg, MsgHdrs } from "@nats-io/nats-core";

const begin = Buffer.from("NATS/1.0", "latin1");
const end = Buffer.from("\r\n\r\n", "latin1");
const newline = 0x0a;

/** Lines `name: value`, ended by CR and LF each, behind a first line that says no more; "" when there are none. `data`: the message's, which makes a view each time. */
export function headerBlock(message: Pick<Msg, "data" | "headers">, data = message.data): string {
  return blockBefore(data) ?? blockOf(message.headers);
}

/**
 * The server sends headers and data in one piece, and so the client keeps them: what ends where the data begins, and has
 * no other end inside, is the block of this very message.
 */
function blockBefore(data: Uint8Array): string | undefined {
  const { byteOffset } = data;
  if (byteOffset < begin.length + end.length) return undefined;
  const before = Buffer.from(data.buffer, 0, byteOffset);
  const last = byteOffset - end.length;
  if (before[last] !== 0x0d || before[last + 3] !== newline || before[last + 2] !== 0x0d) return undefined;
  let start = before.lastIndexOf(begin);
  // Inside of a value it has no line end before it.
  while (start > 0 && before[start - 1] !== newline) start = before.lastIndexOf(begin, start - 1);
  if (start < 0 || before.indexOf(end, start) !== last) return undefined;
  return before.toString("utf8", start, last + 2);
}

/** The same from headers that the library has read. */
export function blockOf(headers: MsgHdrs | undefined): string {
  let block = "";
  for (const [name, values] of headers ?? []) for (const value of values) block += `\r\n${name}: ${value}`;
  return block === "" ? "" : `NATS/1.0${block}\r\n`;
}

/** Calls back for each header, in their order. */
export function eachHeader(block: string, take: (name: string, value: string) => void): void {
  let at = block.indexOf("\r\n") + 2;
  while (at > 1 && at < block.length) {
    const stop = block.indexOf("\r\n", at);
    const colon = block.indexOf(":", at);
    if (stop < 0) return;
    if (colon > at && colon < stop) take(block.slice(at, colon), block.slice(colon + 1, stop).trim());
    at = stop + 2;
  }
}
