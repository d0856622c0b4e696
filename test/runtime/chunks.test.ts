// Chunks that are not there when they are asked for: gone, or not yet where they were asked.

import { headers } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { readChunks } from "../../runtime/content/chunks.ts";
import { createLink } from "../../runtime/link.ts";
import type { Wire } from "../../runtime/wire.ts";
import { contentFaultOf } from "../../schema/content.ts";
import { natsServer } from "../rig/nats.ts";

const log = { info: () => undefined, warn: () => undefined };

/** What is read where the copies that answer have these, one after the other, of two chunks. */
async function readFrom(copies: readonly (readonly number[])[], cluster: boolean) {
  await using nats = await natsServer({ syncAlways: false });
  const server = await nats.connect();
  let asked = 0;
  // In place of a stream, of which each copy is as far as it is.
  server.subscribe("$JS.API.DIRECT.GET.IN_double", {
    callback: (_error, message) => {
      const { seq }: { seq: number } = message.json();
      const there = (copies[asked] ?? []).filter((sequence) => sequence >= seq);
      asked += 1;
      for (const sequence of there) {
        const fields = headers();
        fields.set("Nats-Sequence", String(sequence));
        server.publish(message.reply ?? "", String(sequence), { headers: fields });
      }
      server.publish(message.reply ?? "", "", {
        headers: there.length > 0 ? headers(204, "EOB") : headers(404, "Message Not Found"),
      });
    },
  });
  await server.flush();
  const connection = await nats.connect();
  const info = { version: "", max_payload: 1024, ...connection.info, ...(cluster ? { cluster: "three" } : {}) };
  const wire: Wire = {
    info,
    publish: (...given) => connection.publish(...given),
    subscribe: (...given) => connection.subscribe(...given),
    isClosed: () => connection.isClosed(),
    getServer: () => connection.getServer(),
    flush: () => connection.flush(),
    status: () => connection.status(),
  };
  const link = createLink(wire, "_INBOX", systemClock, log);
  const place = { stream: "IN_double", subject: "in.double.c.a", from: 1, upTo: 2, count: 2 };
  const read: string[] = [];
  try {
    for await (const chunk of readChunks(link, systemClock, place, new AbortController().signal)) {
      read.push(Buffer.from(chunk).toString());
    }
    return { read, asked };
  } catch (error) {
    return { read, asked, fault: contentFaultOf(error) };
  } finally {
    link.close();
  }
}

test("a copy of the stream that is behind does not make them gone", async () => {
  expect(await readFrom([[], [1], [], [1, 2]], true)).toEqual({ read: ["1", "2"], asked: 4 });
});

test("where there is one copy, what it lacks is gone", async () => {
  expect(await readFrom([[]], false)).toEqual({ read: [], asked: 1, fault: "missing" });
  expect(await readFrom([[1]], false)).toEqual({ read: ["1"], asked: 2, fault: "missing" });
});
