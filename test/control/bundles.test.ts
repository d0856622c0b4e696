// Bundles in the tenant's bucket on a real server: by their hash, signed, whole, and written once.

import { randomBytes } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundlesThere, putBundle, readBundle, spoiledBundles } from "../../control/bundles.ts";
import { bucketStream, bundleKey, deployBucket, deployKey } from "../../schema/address.ts";
import type { CodedBundle } from "../../schema/bundle.ts";
import { canonical, sha256 } from "../../schema/canonical.ts";
import { bundleHeader, readDeploymentRecord, signedBundle, signedText } from "../../schema/deployment.ts";
import { createNkey, verifyText } from "../../schema/nkey.ts";
import { packBundle, unpackBundle } from "../../schema/stored-bundle.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { handMade } from "../rig/line.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";
import { api } from "../rig/topology.ts";
import { workspaceOf } from "../rig/workspace.ts";

const accounts = Array.from({ length: 9 }, (_, index) => `account-${index}`);
let nats: NatsRig;
beforeAll(async () => {
  nats = await natsServer({ accounts, syncAlways: false });
});
afterAll(() => nats[Symbol.asyncDispose]());

const stream = bucketStream(deployBucket);
const subject = (hash: string): string => `$KV.${deployBucket}.${bundleKey(hash)}`;

/** A tenant that holds `orders`, without its bundle. */
async function tenant(): Promise<NatsConnection> {
  const connection = await nats.connect(accounts.pop());
  const applied = await applyTo(workspaceOf({ integrations: { orders: ["crm"] } }), [{ tenant: "acme", connection }]);
  expect(applied).toMatchObject({ ok: true });
  return connection;
}

const lastSequence = async (connection: NatsConnection): Promise<number> => {
  const { state } = await api(connection, `STREAM.INFO.${stream}`);
  return Number(Object(state).last_seq);
};

/** With so much code that does not compress. */
function padded(bytes: number): CodedBundle {
  const { bundle, code } = handMade();
  const more = `${code}// ${randomBytes(bytes).toString("base64")}\n`;
  const { hash: _, ...record } = { ...bundle, worker: sha256(more) };
  return { bundle: { ...record, hash: sha256(canonical(record)) }, code: more };
}

test("a bundle is written under its hash, read back equal, and not written again", async () => {
  const connection = await tenant();
  const coded = handMade();
  const { hash } = coded.bundle;
  expect(await bundlesThere(connection)).toEqual(new Set());
  expect(await readBundle(connection, hash)).toBeUndefined();
  expect(await putBundle(connection, coded)).toBeUndefined();
  const written = await lastSequence(connection);
  expect(await readBundle(connection, hash)).toEqual(coded);
  expect(await bundlesThere(connection)).toEqual(new Set([hash]));
  expect(await putBundle(connection, coded)).toBeUndefined();
  expect(await lastSequence(connection)).toBe(written);
  expect(await readBundle(connection, "f".repeat(64))).toBeUndefined();
});

test("the same bundle gives the same bytes", () => {
  const [one, other] = [packBundle(handMade()), packBundle(handMade())];
  expect(one.ok).toBe(true);
  expect(one).toEqual(other);
});

test("with a key the bundle is signed; another's signature, or none, is replaced", async () => {
  const connection = await tenant();
  const coded = handMade();
  const { hash } = coded.bundle;
  const [ours, theirs] = [createNkey("account"), createNkey("account")];
  const signature = async () => {
    const message = await connection.request(`$JS.API.DIRECT.GET.${stream}.${subject(hash)}`);
    const value = message.headers?.get(bundleHeader.signature) ?? "";
    return { key: message.headers?.get(bundleHeader.key) ?? "", value };
  };
  for (const signer of [undefined, theirs, ours]) {
    expect(await putBundle(connection, coded, signer)).toBeUndefined();
    const made = await signature();
    expect(made.key).toBe(signer?.publicKey ?? "");
    if (signer !== undefined) expect(verifyText([signer.publicKey], signedBundle(hash), made)).toBe(true);
  }
  const written = await lastSequence(connection);
  await putBundle(connection, coded, ours);
  await putBundle(connection, coded);
  expect(await lastSequence(connection)).toBe(written);
});

test("what was changed in the bucket is written anew", async () => {
  const connection = await tenant();
  const coded = handMade();
  const { hash } = coded.bundle;
  await connection.request(subject(hash), gzipSync(canonical({ ...coded, code: `${coded.code}// more` })));
  expect(await readBundle(connection, hash)).toBeUndefined();
  expect(await putBundle(connection, coded)).toBeUndefined();
  expect(await readBundle(connection, hash)).toEqual(coded);
  await connection.request(subject(hash), "not a gzip");
  expect(await putBundle(connection, coded)).toBeUndefined();
  expect(await readBundle(connection, hash)).toEqual(coded);
});

test("only the content of the hash is unpacked, and never more than a bundle may be", () => {
  const coded = handMade();
  const { hash } = coded.bundle;
  const reason = (value: unknown): string => {
    const unpacked = unpackBundle(gzipSync(typeof value === "string" ? value : JSON.stringify(value)), hash);
    return unpacked.ok ? "taken" : unpacked.reason;
  };
  const { bundle, code } = coded;
  expect(reason(coded)).toBe("taken");
  expect(reason({ bundle, code: `${code} ` })).toBe("its code has another hash");
  expect(reason({ bundle: { ...bundle, integration: "refunds" }, code })).toBe("its content has another hash");
  expect(reason({ bundle: { ...bundle, hash: "x" }, code })).toBe("its content has another hash");
  expect(reason({ bundle })).toBe("it is no bundle");
  expect(reason({ bundle: null, code })).toBe("it is no bundle");
  expect(reason("{")).toBe("it is no bundle");
  expect(reason("[".repeat(1_000_000))).toBe("it is no bundle");
  const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024));
  expect(bomb.length).toBeLessThan(512 * 1024);
  expect(unpackBundle(bomb, hash)).toMatchObject({ ok: false, reason: expect.stringContaining("no gzip of at most") });
  const deep = `{"bundle":{"format":1,"tenant":"a","integration":"b","hash":"${hash}","worker":"","x":${"[".repeat(200_000)}${"]".repeat(200_000)}},"code":""}`;
  expect(reason(deep)).toBe("its content has another hash");
  expect(unpackBundle(randomBytes(1024 * 1024), hash)).toMatchObject({ ok: false });
});

test("a bundle that no worker would take is refused by the name of its integration", async () => {
  const connection = await tenant();
  const failure = await putBundle(connection, padded(1024 * 1024));
  expect(failure).toMatchObject({
    kind: "failed",
    message: expect.stringMatching(/acme\/orders has \d+ KiB.* 768 KiB/),
  });
  expect(failure?.message).toContain("split the integration");
  expect(await bundlesThere(connection)).toEqual(new Set());
  expect(await putBundle(connection, padded(480 * 1024))).toBeUndefined();
});

test("apply refuses a bundle that is too large before it changes anything", async () => {
  const connection = await nats.connect(accounts.pop());
  const coded = padded(1024 * 1024);
  const tenants = [{ tenant: "acme", connection }];
  const wanted = workspaceOf({ integrations: { orders: ["crm"] }, bundle: coded.bundle.hash });
  const applied = await applyTo(wanted, tenants, { bundles: () => coded });
  expect(applied).toMatchObject({ ok: false, failure: { message: expect.stringContaining("acme/orders has") } });
  const { streams } = await api(connection, "STREAM.NAMES");
  expect(streams).not.toContain("IN_orders");
});

test("hashes are listed over pages", async () => {
  const connection = await tenant();
  const hashes = Array.from({ length: 120 }, (_, index) => sha256(`${index}`));
  for (const hash of hashes) await connection.request(subject(hash), "x");
  expect(await bundlesThere(connection)).toEqual(new Set(hashes));
  expect(await bundlesThere(await nats.connect(accounts.pop()))).toEqual(new Set());
});

test("apply writes the bundle before the record that names it, both signed; the count goes on after a removal", async () => {
  const connection = await nats.connect(accounts.pop());
  const coded = handMade();
  const { hash } = coded.bundle;
  const signer = createNkey("account");
  const applying = async (integrations: Record<string, readonly string[]>) => {
    const wanted = workspaceOf({ integrations: { keep: ["crm"], ...integrations }, bundle: hash });
    const bundles = (asked: string) => (asked === hash ? coded : undefined);
    const tenants = [{ tenant: "acme", connection }];
    const result = await applyTo(wanted, tenants, { access: { ...accessOf(tenants), signer }, bundles, prune: true });
    expect(result).toMatchObject({ ok: true });
  };
  const record = async () => {
    const key = `$KV.${deployBucket}.${deployKey("orders")}`;
    const message = await connection.request(`$JS.API.DIRECT.GET.${stream}.${key}`);
    return readDeploymentRecord(message.string());
  };
  await applying({ orders: ["crm"] });
  const first = await record();
  if (first?.signature === undefined) throw new Error("the record is not signed");
  expect(first).toMatchObject({ workspace: "shop", tenant: "acme", integration: "orders", revision: 1, bundle: hash });
  expect(verifyText([signer.publicKey], signedText(first), first.signature)).toBe(true);
  expect(gunzipSync(packed(coded)).toString()).toContain(hash);
  expect(await readBundle(connection, hash)).toEqual(coded);
  await applying({});
  expect(await record()).toBeUndefined();
  await applying({ orders: ["crm"] });
  expect(await record()).toMatchObject({ revision: 2 });
});

test("a bundle that somebody has written over or taken away is in the plan, and apply writes it anew", async () => {
  const connection = await nats.connect(accounts.pop());
  const coded = handMade();
  const { hash } = coded.bundle;
  const signer = createNkey("account");
  const wanted = workspaceOf({ integrations: { orders: ["crm"] }, bundle: hash });
  const tenants = [{ tenant: "acme", connection }];
  const bundles = (asked: string) => (asked === hash ? coded : undefined);
  const applying = () => applyTo(wanted, tenants, { access: { ...accessOf(tenants), signer }, bundles });
  const stays = async () => expect(await applying()).toMatchObject({ ok: true, value: { done: 0 } });
  expect(await applying()).toMatchObject({ ok: true });
  await stays();
  const spoil: readonly (() => Promise<unknown>)[] = [
    () => connection.request(subject(hash), packed(coded)),
    () => connection.request(subject(hash), "something else"),
    () => api(connection, `STREAM.PURGE.${stream}`, { filter: subject(hash) }),
  ];
  for (const spoiling of spoil) {
    await spoiling();
    const change = { action: "update", kind: "deployment", name: "orders", consequence: { kind: "safe" } };
    const plan = { changes: [{ ...change, fields: [{ field: "stored" }] }] };
    expect(await applying()).toMatchObject({ ok: true, value: { done: 1, plan } });
    expect(await spoiledBundles(connection, [hash], signer.publicKey)).toEqual(new Set());
    expect(await readBundle(connection, hash)).toEqual(coded);
    await stays();
  }
});

function packed(coded: CodedBundle): Uint8Array {
  const made = packBundle(coded);
  if (!made.ok) throw new Error("too large");
  return made.data;
}
