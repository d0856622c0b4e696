// What is said of a server.

import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { inspectServer } from "../../control/doctor.ts";
import { natsServer } from "../rig/nats.ts";

test("a server that syncs always: told by the system account, unknown without it", async () => {
  await using nats = await natsServer();
  const connection = await nats.connect();
  const { user, password } = nats.systemCredentials;
  const system = await connect({ servers: nats.url, user, pass: password });
  try {
    const report = await inspectServer(connection, { system });
    expect(report).toMatchObject({
      versionFits: { ok: true },
      jetStream: "on",
      apiLevelFits: true,
      syncAlways: true,
    });
    expect(report.apiLevel).toBeGreaterThanOrEqual(2);
    expect(report.promise).toContain("power cut");
    expect(await inspectServer(connection)).toMatchObject({ syncAlways: "unknown" });
    expect(await inspectServer(system)).toMatchObject({ jetStream: "not for this account", apiLevelFits: false });
  } finally {
    await system.close();
  }
});

test("a server that syncs every two minutes says what a power cut may take", async () => {
  await using nats = await natsServer({ syncAlways: false });
  const { user, password } = nats.systemCredentials;
  const system = await connect({ servers: nats.url, user, pass: password });
  try {
    const report = await inspectServer(await nats.connect(), { system });
    expect(report.syncAlways).toBe(false);
    expect(report.promise).toContain("sync_interval: always");
  } finally {
    await system.close();
  }
});

test("the monitoring port can tell as well; one that does not answer leaves it unknown", async () => {
  await using nats = await natsServer();
  const connection = await nats.connect();
  const answer = (body: string) => () => Promise.resolve(new Response(body));
  const ask = (body: string) => inspectServer(connection, { monitor: "http://127.0.0.1:8222", fetch: answer(body) });
  expect((await ask('{"jetstream":{"config":{"sync_always":true}}}')).syncAlways).toBe(true);
  expect((await ask("not json")).syncAlways).toBe("unknown");
});
