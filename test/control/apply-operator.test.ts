// Apply in operator mode: accounts come and go with the tenants, sharing included, and wherever it is killed the next
// apply converges. One real server, which each case enters as a workspace of its own.

import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openOperatorAccess } from "../../control/accounts/operator-access.ts";
import { readAudit } from "../../control/platform/audit.ts";
import { prepare } from "../../control/prepare.ts";
import { readDeploymentRecord, signedText } from "../../schema/deployment.ts";
import { verifyText } from "../../schema/nkey.ts";
import { sharing } from "../../schema/sharing.ts";
import type { Topology } from "../../schema/topology.ts";
import { applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { type CrashPoint, type CrashRig, crashPointsBySubject, crashRig } from "../rig/crashing-connection.ts";
import { type OperatorRig, operatorServer } from "../rig/operator.ts";

let rig: OperatorRig;
beforeAll(async () => {
  rig = await operatorServer({ tenants: [] });
});
afterAll(() => rig[Symbol.asyncDispose]());

const contract = "contract: { id: string }";
const publish = `integration: publish
source: { http: { path: /orders }, ${contract} }
targets: { paid: { stream: paid } }
`;
const read = `integration: read
source: { stream: acme/paid }
targets: { out: { nats: { subject: got } } }
`;
const stream = (exported: string) => `tenant: acme\nstreams: { paid: { ${contract}, keep: 7d${exported} } }\n`;

const shared = {
  "tenants/acme/tenant.yaml": stream(", export-to: [globex]"),
  "tenants/acme/publish.yaml": publish,
  "tenants/globex/read.yaml": read,
};
const alone = { "tenants/acme/tenant.yaml": stream(""), "tenants/acme/publish.yaml": publish };

function compiled(files: Readonly<Record<string, string>>): string {
  const { emitted, diagnostics } = compileTexts(files);
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics));
  return JSON.stringify(emitted.topology);
}

let cases = 0;
/** The same topology under names of its own. */
function named() {
  const number = ++cases;
  return (text: string): Topology =>
    JSON.parse(
      text
        .replaceAll("acme", `acme${number}`)
        .replaceAll("globex", `globex${number}`)
        .replaceAll('"test"', `"w${number}"`),
    );
}

async function opened(crash?: CrashRig) {
  const dial = async (...given: Parameters<typeof connect>): Promise<NatsConnection> => {
    const connection = await connect(...given);
    return crash?.wrap(connection) ?? connection;
  };
  const { url, store } = rig;
  const result = await openOperatorAccess({ url, store, connect: dial });
  if (!result.ok) throw new Error(result.failure.message);
  return result.value;
}

async function applying(wanted: Topology, crash?: CrashRig, force = false) {
  await using access = await opened(crash);
  return await applyTo(wanted, [], { access, prune: true, force });
}

async function converged(wanted: Topology): Promise<void> {
  await using access = await opened();
  const prepared = await prepare({ access, wanted, prune: true });
  expect(prepared).toMatchObject({ ok: true, value: { plan: { changes: [], drift: [], leftovers: [] } } });
  const live = await access.accountsFor(wanted).observe([]);
  expect([...live.keys()].sort()).toEqual(wanted.tenants.map(({ tenant }) => tenant).sort());
}

test("tenants come with their accounts, share, are granted and revoked on the record, and go", async () => {
  const name = named();
  const [both, one] = [name(compiled(shared)), name(compiled(alone))];
  expect(sharing(both).size).toBe(2);
  const first = await applying(both);
  if (!first.ok) throw new Error(first.failure.message);
  expect(first).toMatchObject({ ok: true });
  if (first.ok) {
    const accounts = first.value.plan.changes.filter(({ kind }) => kind === "account");
    expect(accounts.map(({ action, name }) => `${action} ${name}`)).toEqual([
      `create ${both.tenants[0]?.tenant}`,
      `create ${both.tenants[1]?.tenant}`,
    ]);
    expect(first.value.plan.changes.slice(0, 2)).toEqual(accounts);
  }
  await converged(both);
  expect(await applying(both)).toMatchObject({ ok: true, value: { done: 0 } });
  expect(await applying(one)).toMatchObject({ ok: true });
  await converged(one);
  await using access = await opened();
  const audit = await readAudit(access.platform, one.workspace);
  const grants = audit.filter(({ what }) => what === "grant" || what === "revoke");
  const [acme, globex] = both.tenants.map(({ tenant }) => tenant);
  expect(grants.map(({ what, detail }) => ({ what, ...detail }))).toEqual([
    { what: "grant", tenant: acme, stream: "paid", reader: globex },
    { what: "revoke", tenant: acme, stream: "paid", reader: globex },
  ]);
  const nothing = { workspace: one.workspace, tenants: [] };
  expect(await applying(nothing)).toMatchObject({ ok: true });
  await converged(nothing);
});

test("deployment records are signed by the store's key", async () => {
  const wanted = named()(compiled(alone));
  expect(await applying(wanted)).toMatchObject({ ok: true });
  await using access = await opened();
  const acme = await access.open(wanted.tenants[0]?.tenant ?? "");
  if (!acme.ok || acme.value === undefined) throw new Error("no account");
  const answer = await acme.value.request("$JS.API.DIRECT.GET.KV_vrsky.$KV.vrsky.deploy.publish");
  const record = readDeploymentRecord(answer.string());
  if (record?.signature === undefined) throw new Error("not signed");
  const trusted = rig.store.keys().operator.bundles.map(({ publicKey }) => publicKey);
  expect(verifyText(trusted, signedText(record), record.signature)).toBe(true);
});

test("a limit is changed live, and an account changed by hand is put back", async () => {
  const wanted = named()(compiled(alone));
  await applying(wanted);
  const more: Topology = {
    ...wanted,
    tenants: wanted.tenants.map((each) => ({
      ...each,
      account: { ...each.account, limits: { ...each.account.limits, connections: 77 } },
    })),
  };
  const [acme] = wanted.tenants;
  const changed = await applying(more);
  expect(changed).toMatchObject({ ok: true, value: { done: 1, plan: { changes: [{ kind: "account" }] } } });
  await using access = await opened();
  expect((await access.accountsFor(more).observe([])).get(acme?.tenant ?? "")).toMatchObject({ connections: 77 });
  if (acme !== undefined) await access.accountsFor(wanted).put(acme);
  expect(await applying(more)).toMatchObject({ ok: true, value: { done: 1 } });
  await converged(more);
});

test("killed before and after every call for accounts, shared streams and deployments: applied again, it converges", async () => {
  const texts = { first: compiled(alone), second: compiled(shared) };
  const points = await enumerated(texts);
  const subjects: string[] = [];
  const queue = [...points];
  const lane = async (): Promise<void> => {
    for (let at = queue.shift(); at !== undefined; at = queue.shift()) subjects.push(await dieAndGoOn(texts, at));
  };
  await Promise.all([lane(), lane(), lane()]);
  for (const part of ["$SYS.REQ.CLAIMS.UPDATE", "STREAM.CREATE.SHARED_", "$KV.vrsky.deploy.read"])
    expect(
      subjects.some((subject) => subject.includes(part)),
      part,
    ).toBe(true);
  process.stdout.write(`apply in operator mode: killed at ${points.length} points, converged from each\n`);
}, 240_000);

interface Texts {
  readonly first: string;
  readonly second: string;
}

/** From one tenant to two that share, and back to one. */
async function enumerated({ first, second }: Texts): Promise<readonly CrashPoint[]> {
  const name = named();
  const own = cases;
  await applying(name(first));
  const crash = crashRig();
  expect(await applying(name(second), crash)).toMatchObject({ ok: true });
  // The other calls are those of every apply: apply-crash.test.ts dies at each of them.
  const ownOf = /\$SYS\.REQ\.CLAIMS|SHARED_|STREAM_|KV_vrsky|\$KV\.vrsky/;
  const writes = crash.calls.filter(({ subject, writes }) => writes && ownOf.test(subject));
  const unnumbered = (subject: string): string => subject.replaceAll(new RegExp(`(acme|globex)${own}`, "g"), "$1");
  return crashPointsBySubject(writes.map(({ subject }) => ({ subject: unnumbered(subject), writes: true })));
}

async function dieAndGoOn({ first, second }: Texts, at: CrashPoint): Promise<string> {
  const name = named();
  const subject = (at.subject ?? "").replaceAll(/acme|globex/g, (tenant) => `${tenant}${cases}`);
  const wanted = name(second);
  await applying(name(first));
  const crash = crashRig({ ...at, subject });
  await applying(wanted, crash).catch(() => undefined);
  expect(crash.crashed(), JSON.stringify(at)).toBe(true);
  expect(await applying(wanted, undefined, true), subject).toMatchObject({ ok: true });
  await converged(wanted);
  return subject;
}
