// Headers are read from the wire, beside the library's own reading: for any headers both must say the same, whatever
// lies in front of them in the buffer that they came in.

import { headers, type Msg, type MsgHdrs } from "@nats-io/nats-core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { eachHeader, headerBlock } from "../../runtime/header-block.ts";

/** As the client hands it over: data as a view of the buffer that headers and earlier messages lie in, too. */
function received(before: Uint8Array, fields: MsgHdrs | undefined, body: Uint8Array): Pick<Msg, "data" | "headers"> {
  const head = fields === undefined ? new Uint8Array() : Buffer.from(String(fields));
  const buffer = new Uint8Array(Buffer.concat([before, head, body]));
  const data = buffer.subarray(before.length + head.length);
  return fields === undefined ? { data } : { data, headers: fields };
}

function read(message: Pick<Msg, "data" | "headers">): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  eachHeader(headerBlock(message), (name, value) => found.push([name, value]));
  return found;
}

const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/);
const value = fc.oneof(fc.stringMatching(/^[ -~]{0,40}$/), fc.constant("NATS/1.0"), fc.string({ unit: "grapheme" }));
const earlier = fc.constantFrom(
  "",
  "HMSG in.a.m.x 1 20 30\r\n",
  "NATS/1.0\r\nVrsky-Id: other\r\n\r\nbody\r\nHMSG in.a.m.x 1 20 30\r\n",
  "NATS/1.0\r\nVrsky-Id: other\r\n\r\n",
);

test("what is read from the wire is what the library reads", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), fc.uint8Array(), earlier, (pairs, body, before) => {
      const fields = headers();
      for (const [key, text] of pairs) fields.append(key, text.replace(/[\r\n]/g, " "));
      const wanted = [...fields].flatMap(([key, values]) => values.map((text) => [key, text.trim()] as const));
      const none = wanted.length === 0;
      // The line of its own that the server puts in front of each message.
      const line = none ? "MSG in.a.m.x 1 4\r\n" : "";
      const message = received(Buffer.from(before + line), none ? undefined : fields, body);
      expect(read(message)).toEqual(wanted);
    }),
    { numRuns: 500 },
  );
});

test("a message without headers has none, whatever came before it", () => {
  const before = Buffer.from("NATS/1.0\r\nVrsky-Id: other\r\n\r\nbody\r\nMSG in.a.m.x 1 4\r\n");
  expect(read(received(before, undefined, Buffer.from("body")))).toEqual([]);
});
