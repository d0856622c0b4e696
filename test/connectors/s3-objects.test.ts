// A tenant's large contents in a bucket, against a real S3 server: whole or not at all, each integration's for itself.

import { expect, test } from "vitest";
import { networks } from "../../connectors/network.ts";
import { s3Connector } from "../../connectors/s3/connector.ts";
import { systemClock } from "../../runtime/clock.ts";
import type { JsonObject } from "../../schema/json.ts";
import { counted, faultOf, hashOf, keepsObjects, leavesNothing, listed, never } from "../rig/object-store.ts";
import { s3Server } from "../rig/s3-server.ts";

const connector = s3Connector({ networkOf: networks(["loopback"]) });
const log = { info: () => undefined, warn: () => undefined };

async function open(connection: JsonObject, integration = "clips") {
  const store = await connector.openObjects?.({
    tenant: "acme",
    integration,
    settings: { path: "vrsky", connection },
    clock: systemClock,
    log,
  });
  if (store === undefined) throw new Error("it keeps no objects");
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}

const mebibyte = 1024 * 1024;

test("objects are kept below the integration's own prefix, read, listed and removed", async () => {
  await using rig = await s3Server({ pageSize: 2 });
  await using store = await open(rig.connection);
  await using neighbour = await open(rig.connection, "clips-too");
  await neighbour.put("theirs", counted(3), never);
  await keepsObjects(store, [0, 1, 20 * mebibyte + 5]);
  expect(await rig.keys("")).toEqual([
    "vrsky/acme/clips-too/theirs",
    "vrsky/acme/clips/a.1",
    `vrsky/acme/clips/a.${20 * mebibyte + 5}`,
  ]);
  expect(rig.uploads.size).toBe(0);
});

test("an upload that breaks off or is stopped is given up; what a crash leaves behind is listed and removed", async () => {
  await using rig = await s3Server();
  await using store = await open(rig.connection);
  await leavesNothing(store, 18 * mebibyte);
  expect(rig.uploads.size).toBe(0);
  // The worker is gone before it gives anything up.
  rig.failing = (request) => (request.startsWith("DELETE") ? { status: 503 } : undefined);
  const dying = store.put(
    "dying",
    counted(9 * mebibyte, (sent) => sent > 8.5 * mebibyte && die()),
    never,
  );
  const die = (): void => {
    throw new Error("gone");
  };
  await expect(dying).rejects.toThrow("gone");
  rig.failing = undefined;
  const [left, ...others] = await listed(store);
  expect(others).toEqual([]);
  expect(left).toMatchObject({ name: expect.stringMatching(/^~\w+~dying$/), size: 8 * mebibyte });
  await store.remove(left?.name ?? "");
  expect(await listed(store)).toEqual([]);
  expect(rig.uploads.size).toBe(0);
});

test("how old an upload is tells its last part, not its beginning", async () => {
  await using rig = await s3Server();
  await using store = await open(rig.connection);
  const long = new Date("2026-01-01T00:00:00Z");
  const recent = new Date("2026-01-01T02:00:00Z");
  rig.uploads.set("a1", { key: "vrsky/acme/clips/new", begun: long, parts: [] });
  rig.uploads.set("a2", { key: "vrsky/acme/clips/grows", begun: long, parts: [{ number: "1", size: 5, at: recent }] });
  rig.uploads.set("a3", { key: "vrsky/acme/other/x", begun: long, parts: [] });
  expect(await listed(store)).toEqual([
    { name: "~a1~new", size: 0, storedAt: long.getTime() },
    { name: "~a2~grows", size: 5, storedAt: recent.getTime() },
  ]);
});

test("what is missing, full or away is told apart", async () => {
  await using rig = await s3Server();
  await using store = await open(rig.connection);
  expect(await faultOf(hashOf(store.read("none", never)))).toBe("missing");
  await store.put("there", counted(10), never);
  for (const [failing, fault] of [
    [{ status: 507 }, "full"],
    [{ status: 400, code: "XMinioStorageFull" }, "full"],
    [{ status: 400, code: "EntityTooLarge" }, "too-large"],
    [{ status: 403, code: "AccessDenied" }, "unavailable"],
    [{ status: 404, code: "NoSuchBucket" }, "unavailable"],
    [{ status: 503, code: "SlowDown" }, "unavailable"],
  ] as const) {
    rig.failing = () => failing;
    expect(await faultOf(store.put("x", counted(10), never))).toBe(fault);
  }
  rig.failing = () => ({ status: 404, code: "NoSuchBucket" });
  expect(await faultOf(hashOf(store.read("there", never)))).toBe("unavailable");
  rig.failing = undefined;
  await rig.stop();
  expect(await faultOf(hashOf(store.read("there", never)))).toBe("unavailable");
  expect(await faultOf(store.put("x", counted(10), never))).toBe("unavailable");
});
