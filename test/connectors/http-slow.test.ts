// Contents that take longer than any other request may: they come to their end as long as they go on, and a sender that
// stops is cut.

import { request as httpRequest } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { httpConnector } from "../../connectors/http/connector.ts";
import type { SourceContext } from "../../schema/connector.ts";
import { contentError } from "../../schema/content.ts";
import { sourceRig } from "../rig/connector.ts";

const limits = { headersTimeout: 200, requestTimeout: 400, checkEvery: 50 };

async function door(format: string, more: Partial<SourceContext> = {}) {
  let port = 0;
  const onListening = (opened: number): void => {
    port = opened;
  };
  const connector = httpConnector({ port: 0, host: "127.0.0.1", limits, onListening });
  const rig = sourceRig({ settings: { path: "/in", format } });
  await connector.startSource?.({ ...rig.context, ...more });
  return { port, rig, [Symbol.asyncDispose]: async () => void (await connector.close?.()) };
}

/** Status of the answer; 0 when the connection was cut without one. */
function sendSlowly(port: number, pieces: number, size: number): Promise<number> {
  return new Promise((resolve) => {
    const asked = httpRequest({ port, host: "127.0.0.1", method: "POST", path: "/acme/in", agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.once("error", () => resolve(0));
    const send = async (): Promise<void> => {
      for (let piece = 0; piece < pieces && !asked.destroyed; piece += 1) {
        asked.write(Buffer.alloc(size, "x"));
        await pause(40);
      }
      asked.end();
    };
    void send();
  });
}

test("a content may take as long as it goes on; what is read whole may not", async () => {
  await using blobs = await door("blob");
  expect(await sendSlowly(blobs.port, 30, 70_000)).toBe(202);
  expect(blobs.rig.taken.map(({ content }) => content?.size)).toEqual([30 * 70_000]);
  await using texts = await door("text");
  expect([0, 408]).toContain(await sendSlowly(texts.port, 30, 1_000));
  expect(texts.rig.taken).toEqual([]);
});

test("who sends a content so slowly that it is a way to hold a connection is cut", async () => {
  await using blobs = await door("blob");
  expect([0, 408]).toContain(await sendSlowly(blobs.port, 60, 10));
  expect(blobs.rig.taken).toEqual([]);
});

test("a content that has come whole and finds no room at the end is answered: send it again", async () => {
  await using full = await door("blob", {
    keep: async (bytes) => {
      let size = 0;
      for await (const piece of bytes) size += piece.length;
      throw contentError("full", `no room for ${size} bytes`);
    },
  });
  const answer = await fetch(`http://127.0.0.1:${full.port}/acme/in`, { method: "POST", body: Buffer.alloc(200_000) });
  expect(answer.status).toBe(503);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
});
