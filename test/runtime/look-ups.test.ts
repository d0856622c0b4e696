// Records that are looked up together: what is missing is told apart from what could not be read.

import { headers } from "@nats-io/nats-core";
import { expect, test } from "vitest";
import { systemClock } from "../../runtime/clock.ts";
import { createLink } from "../../runtime/link.ts";
import { createLookUps } from "../../runtime/look-ups.ts";
import { natsServer } from "../rig/nats.ts";

const log = { info: () => undefined, warn: () => undefined };

test("an answer that breaks off says nothing of the records that it had not come to", async () => {
  await using nats = await natsServer();
  const server = await nats.connect();
  // In place of a stream, one of whose messages has become unreadable since the server counted them.
  server.subscribe("$JS.API.DIRECT.GET.RETRY_double", {
    callback: (_error, { reply = "" }) => {
      const first = headers();
      first.set("Nats-Subject", "rx.a");
      first.set("Nats-Sequence", "1");
      server.publish(reply, "a", { headers: first });
      server.publish(reply, "", { headers: headers(404, "Message Not Found") });
    },
  });
  await server.flush();
  const link = createLink(await nats.connect(), "_INBOX", systemClock, log);
  const lookUps = createLookUps(link, systemClock, "RETRY_double");
  const found = await Promise.all(["rx.a", "rx.b"].map((subject) => lookUps.last(subject)));
  expect(found.map(({ kind }) => kind)).toEqual(["unavailable", "unavailable"]);
  link.close();
});
