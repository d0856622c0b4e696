// Least privilege, shown from the other side: a worker with the compiled rights does all of its work and is refused
// nothing; with any one of them taken away, part of the work does not come about.

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { concurrently } from "../../control/concurrently.ts";
import * as address from "../../schema/address.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { compileTexts } from "../rig/compile.ts";
import { bodyOf, integrations, makeOthers, type Work, work, workspaceTexts } from "../rig/grants.ts";
import { type Outside, startOutside } from "../rig/outside.ts";
import { type FormServer, startForm } from "../rig/server-form.ts";
import { covers } from "../rig/subjects.ts";

interface Grant {
  readonly direction: "publish" | "subscribe";
  readonly subject: string;
  /** Undefined: of all of them. */
  readonly integration: string | undefined;
}

/** Grants of different integrations, so that one worker can show what the lack of each does. */
type Removal = readonly Grant[];

interface Shown extends Grant {
  readonly missing: readonly string[];
  /** Subjects that the server refused and that this grant would have allowed. */
  readonly refused: readonly string[];
}

const atOnce = 10;

function compiled(tenants: readonly string[], outside: Outside) {
  const { emitted, diagnostics } = compileTexts(workspaceTexts(tenants, outside.url));
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  return emitted;
}

/** A tenant's name is in none of its grants but that of its inbox. */
function grantsOf(topology: Topology, tenant: string): readonly Grant[] {
  const { permissions } = topology.tenants.find((each) => each.tenant === tenant)?.users[0] ?? {};
  const of = (direction: Grant["direction"], subjects: readonly string[] = []): readonly Grant[] =>
    subjects.map((subject) => ({ direction, subject, integration: integrationOf(subject) }));
  return [...of("publish", permissions?.publish), ...of("subscribe", permissions?.subscribe)];
}

const integrationOf = (subject: string): string | undefined =>
  integrations.find((name) => new RegExp(`(^|[._])${name}([._-]|$)`).test(subject));

/** As few workers as can show them all: the first grant of each integration together, then the second of each. */
function removalsOf(grants: readonly Grant[]): readonly Removal[] {
  const shared = grants.filter(({ integration }) => integration === undefined).map((grant) => [grant]);
  const own = integrations.map((name) => grants.filter(({ integration }) => integration === name));
  const rounds = Math.max(...own.map(({ length }) => length));
  const together = Array.from({ length: rounds }, (_, round) => own.flatMap((list) => list.slice(round, round + 1)));
  return [...shared, ...together];
}

/** Runs one worker per removal, each as a tenant of its own, and tells what the lack of each grant did. */
async function tried(
  outside: Outside,
  select: (grants: readonly Grant[]) => readonly Removal[],
  newAcks: boolean,
): Promise<{ readonly whole: Work; readonly shown: readonly Shown[] }> {
  const removals = [[], ...select(grantsOf(compiled(["t0"], outside).topology, "t0"))];
  const tenants = removals.map((_, index) => `t${index}`);
  const { topology, bundles } = compiled(tenants, outside);
  const byHash = new Map(bundles.map((coded) => [coded.bundle.hash, coded]));
  await using server = await startForm("accounts", { topology: without(topology, removals), newAcks });
  const connections = await Promise.all(
    topology.tenants.map(async ({ tenant }) => ({ tenant, connection: await server.admin(tenant) })),
  );
  for (const { tenant, connection } of connections) if (tenants.includes(tenant)) await makeOthers(connection);
  const access = accessOf(connections, await server.admin(address.platformAccount));
  const applied = await applyTo(topology, [], { access, bundles: (hash) => byHash.get(hash) });
  if (!applied.ok) throw new Error(applied.failure.message);
  await feed(server);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-grants-"));
  try {
    const works = await concurrently([...removals.entries()], atOnce, async ([index, removal]) => {
      const tenant = `t${index}`;
      const dataDir = join(dir, tenant);
      await mkdir(dataDir);
      return work({
        tenant,
        open: () => server.worker(tenant),
        admin: await server.admin(tenant),
        outside,
        dataDir,
        hopeless: (name, refused) =>
          removal.some((grant) => concerns(grant, name) && refusedOf(grant, refused).length > 0),
      });
    });
    const [whole, ...others] = works;
    if (whole === undefined) throw new Error("nothing ran");
    return {
      whole,
      shown: others.flatMap((done, index) => (removals[index + 1] ?? []).map((grant) => show(grant, done))),
    };
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

async function feed(server: FormServer): Promise<void> {
  const giver = await server.admin("giver");
  for (const id of ["a", "b", "c"]) {
    await giver.request(address.declaredSubject("feed", address.idHash(id)), bodyOf(id), {
      timeout: 20_000,
    });
  }
}

/** Each tenant's worker without what its removal says. */
function without(topology: Topology, removals: readonly Removal[]): Topology {
  const lacks = (tenant: string, direction: Grant["direction"], subject: string): boolean =>
    (removals[Number(tenant.slice(1))] ?? []).some(
      (grant) => grant.direction === direction && sameFor(tenant, grant.subject) === subject,
    );
  return {
    ...topology,
    tenants: topology.tenants.map((tenant) => ({
      ...tenant,
      users: tenant.users.map((user) => ({
        ...user,
        permissions: {
          publish: user.permissions.publish.filter((subject) => !lacks(tenant.tenant, "publish", subject)),
          subscribe: user.permissions.subscribe.filter((subject) => !lacks(tenant.tenant, "subscribe", subject)),
        },
      })),
    })),
  };
}

const sameFor = (tenant: string, subject: string): string => subject.replace("_INBOX_t0-", `_INBOX_${tenant}-`);

const concerns = ({ integration }: Grant, name: string): boolean =>
  integration === undefined || name.startsWith(`${integration}: `);

const refusedOf = ({ subject }: Grant, refused: ReadonlySet<string>): readonly string[] =>
  [...refused].filter((each) => covers(subject.replace("_INBOX_t0-worker", "*"), each));

const show = (grant: Grant, { missing, refused }: Work): Shown => ({
  ...grant,
  missing: missing.filter((name) => concerns(grant, name)),
  refused: refusedOf(grant, refused),
});

const oldAck = /^\$JS\.ACK\.(?!\*)/;
const newAck = /^\$JS\.ACK\.\*\.\*\./;
/** The form of ack that this server does not use. */
const isUnused = ({ subject }: Grant, newAcks: boolean): boolean => (newAcks ? oldAck : newAck).test(subject);

/**
 * Asked for only once an archive has become empty, which takes as long as it keeps: what hangs on the answer is shown by
 * "an archive that keeps nothing of an intake any more" in test/runtime/archive.test.ts.
 */
const isLate = ({ subject }: Grant): boolean => /^\$JS\.API\.STREAM\.INFO\.ARCHIVE_/.test(subject);

function report(title: string, shown: readonly Shown[], newAcks: boolean): void {
  const lines = shown.map((grant) => {
    const lack = isUnused(grant, newAcks) ? "not used by this server" : grant.missing.join(", ") || "NOTHING";
    return `  ${grant.direction} ${grant.subject} → ${lack}`;
  });
  if (process.env.VRSKY_TABLES !== undefined) process.stdout.write(`${title}\n${lines.join("\n")}\n`);
}

test("each grant is needed: without it part of the work is missing, with all of them nothing is", async () => {
  await using outside = await startOutside();
  const { whole, shown } = await tried(outside, removalsOf, false);
  report("without", shown, false);
  expect(whole).toEqual({ missing: [], refused: new Set() });
  const used = shown.filter((grant) => !isUnused(grant, false) && !isLate(grant));
  expect(used.filter(({ missing, refused }) => missing.length === 0 || refused.length === 0)).toEqual([]);
  // What the server refuses is not taken for delivered, even where no stream would have answered.
  const plain = used.filter(({ subject }) => subject === "web.out" || subject === "files.*.out");
  for (const { integration, missing } of plain) expect(missing).toContain(`${integration}: delivered by a retry`);
  expect(plain.length).toBe(2);
  const unused = shown.filter((grant) => isUnused(grant, false));
  expect(unused.filter(({ missing, refused }) => missing.length > 0 || refused.length > 0)).toEqual([]);
  process.stdout.write(
    `least privilege: ${used.length} grants of ${integrations.length} integrations taken away one by one, each missed; ${unused.length} of the other ack form not missed\n`,
  );
}, 240_000);

test("a server that acks on the subjects of 2.15 needs the other form of each pair, and that one alone", async () => {
  await using outside = await startOutside();
  const acks = (grants: readonly Grant[]): readonly Removal[] =>
    removalsOf(grants.filter(({ subject }) => subject.startsWith("$JS.ACK.")));
  const { whole, shown } = await tried(outside, acks, true);
  report("without, acks of 2.15", shown, true);
  expect(whole).toEqual({ missing: [], refused: new Set() });
  for (const grant of shown) expect(grant.missing.length > 0, grant.subject).toBe(!isUnused(grant, true));
}, 240_000);
