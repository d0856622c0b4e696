// Tenant against tenant: everything that the names of one make possible is tried by another, on a real server in both
// of its forms. What it can do, hear or change there that it was not given is a leak, and there is none.

import { readFileSync } from "node:fs";
import { headers } from "@nats-io/nats-core";
import type { NatsConnection } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import * as address from "../../schema/address.ts";
import { type AccountSharing, nothingShared, sharing } from "../../schema/sharing.ts";
import type { Topology } from "../../schema/topology.ts";
import { accessOf, applyTo } from "../rig/apply.ts";
import { type Attacked, attack } from "../rig/attack.ts";
import { ask } from "../rig/attempts.ts";
import { compileTexts } from "../rig/compile.ts";
import { type Form, type FormServer, startForm } from "../rig/server-form.ts";
import { snapshotOf } from "../rig/snapshot.ts";
import { sample } from "../rig/subjects.ts";
import { until } from "../rig/wait.ts";

/** An integration under a name that all tenants have, one under a name of its own, and streams both ways. */
const tenant = (name: string, own: string, file: string, shares: string, reads: string): string => `tenant: ${name}
streams:
  ${shares}: { contract: { id: string }, export-to: [${reads.split("/")[0]}, initech] }
  private: { contract: { id: string } }
---
integration: orders
source: { http: { path: /orders }, contract: { id: string } }
targets: { out: { nats: { subject: "sales.\${ body.id }.new" } } }
---
integration: ${own}
source: { file: { path: "${file}/*.jsonl", format: jsonl }, contract: { id: string } }
targets: { out: { stream: ${shares} } }
---
integration: reads
source: { stream: ${reads} }
targets: { out: { stream: private, steps: [{ map: { id: "\${ meta.id }" } }] } }
`;

const texts = {
  "tenants/acme/a.yaml": tenant("acme", "buys", "in", "offers", "globex/paid"),
  "tenants/globex/a.yaml": tenant("globex", "sells", "in", "paid", "acme/offers"),
  "tenants/initech/a.yaml": `integration: makes
source: { stream: acme/offers }
targets: { out: { nats: { subject: initech.out } } }
---
integration: listens
source: { stream: globex/paid }
targets: { out: { nats: { subject: initech.heard } } }
`,
};

const secretOf = (account: string): string => `kept-by-${account}`;

const compiled = () => must(compileTexts(texts));

function must({ emitted, diagnostics }: ReturnType<typeof compileTexts>) {
  if (emitted === undefined) throw new Error(JSON.stringify(diagnostics, null, 2));
  return emitted;
}

interface Given {
  /** What the server is told instead of what the compiler says. */
  readonly topology?: Topology;
  readonly shared?: ReadonlyMap<string, AccountSharing>;
}

/** Applied, and with something of everybody's in every stream and bucket. */
async function furnished(
  form: Form,
  given: Given = {},
): Promise<{ readonly server: FormServer; readonly topology: Topology }> {
  const { topology, bundles } = compiled();
  const byHash = new Map(bundles.map((coded) => [coded.bundle.hash, coded]));
  const server = await startForm(form, { topology, ...given });
  const names = topology.tenants.map((each) => each.tenant);
  const connections = await Promise.all(
    names.map(async (name) => ({ tenant: name, connection: await server.admin(name) })),
  );
  const access = accessOf(connections, await server.admin(address.platformAccount));
  const applied = await applyTo(topology, [], { access, bundles: (hash) => byHash.get(hash) });
  if (!applied.ok) throw new Error(applied.failure.message);
  for (const { tenant, connection } of connections) await furnish(tenant, connection, topology);
  return { server, topology };
}

async function furnish(name: string, admin: NatsConnection, topology: Topology): Promise<void> {
  const objects = {
    name: "OBJ_files",
    subjects: ["$O.files.C.>", "$O.files.M.>"],
    allow_rollup_hdrs: true,
    allow_direct: true,
  };
  await ask(admin, "$JS.API.STREAM.CREATE.OBJ_files", objects);
  const streams = topology.tenants.find((each) => each.tenant === name)?.streams ?? [];
  const subjects = ["$O.files.C.a", "$O.files.M.a", "$KV.retries.orders.out.a"];
  for (const { config } of streams) subjects.push(...config.subjects.map((subject) => sample(subject, "a")));
  for (const subject of subjects) {
    // What is shared is no secret of those who read it.
    const open = subject.startsWith("stream.offers") || subject.startsWith("stream.paid");
    const body = JSON.stringify({ id: open ? "shared" : secretOf(name) });
    const stored = await admin.request(subject, body, { headers: headers(), timeout: 20_000 });
    if (stored.json<{ readonly error?: object }>().error !== undefined)
      throw new Error(`${subject}: ${stored.string()}`);
  }
  if (!streams.some(({ config }) => config.name === address.intakeStream("orders"))) return;
  // One message in hand, so that a consumer has a position to lose.
  const taken = await admin.request("$JS.API.CONSUMER.MSG.NEXT.IN_orders.out", '{"batch":1,"no_wait":true}', {
    timeout: 20_000,
    noMux: true,
  });
  if (taken.headers?.code === undefined) taken.respond("+WPI");
}

async function attacked(form: Form, given: (topology: Topology) => Given = () => ({})): Promise<Attacked> {
  const { server, topology } = await furnished(form, given(compiled().topology));
  await using _ = server;
  await copied(server, topology);
  return await attack({ server, topology, attacker: "acme", secretOf });
}

/** Once each copy has what is shared, nothing moves by itself. */
async function copied(server: FormServer, topology: Topology): Promise<void> {
  for (const { tenant, account } of topology.tenants) {
    const admin = await server.admin(tenant);
    for (const { tenant: owner, stream } of account.imports) {
      await until(`${tenant} has ${owner}/${stream}`, async () => {
        const { state } = await ask(admin, `$JS.API.STREAM.INFO.${address.sharedStream(owner, stream)}`);
        return JSON.stringify(state).includes('"messages":1');
      });
    }
  }
}

/** What docs/isolation.md says that was tried. */
function documented(): number {
  const page = readFileSync(new URL("../../docs/isolation.md", import.meta.url), "utf8");
  return Number(/\*\*([\d,]+), 0 leaks\*\*/.exec(page)?.[1]?.replaceAll(",", ""));
}

const forms: readonly Form[] = ["accounts", "operator"];

test.each(forms)(
  "%s: nothing of one tenant is reached, heard, changed or told by what another tries",
  async (form) => {
    const { counts, leaks } = await attacked(form);
    expect(leaks, leaks.join("\n")).toEqual([]);
    const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
    expect(all).toBeGreaterThanOrEqual(documented());
    const lines = [...counts].map(([kind, count]) => `  ${String(count).padStart(5)} ${kind}`);
    process.stdout.write(`isolation, ${form}: ${all} attempts, ${leaks.length} leaks\n${lines.join("\n")}\n`);
  },
  240_000,
);

/** One grant too many of each kind: a right of the worker, and what one account lets another have. */
function loosened(topology: Topology): Given {
  const extra = "in.sells.m.>";
  const shared = new Map(sharing(topology));
  const add = (account: string, more: Partial<AccountSharing>): void => {
    const { exports, imports } = shared.get(account) ?? nothingShared;
    shared.set(account, {
      exports: [...exports, ...(more.exports ?? [])],
      imports: [...imports, ...(more.imports ?? [])],
    });
  };
  const given = [
    { subject: extra, type: "service" },
    { subject: "rx.sells.>", type: "stream" },
    { subject: "$JS.API.STREAM.INFO.IN_sells", type: "service" },
  ] as const;
  for (const each of given) {
    add("globex", { exports: [{ ...each, accounts: ["acme"] }] });
    add("acme", { imports: [{ ...each, account: "globex", localSubject: each.subject }] });
  }
  const tenants = topology.tenants.map((each) =>
    each.tenant === "acme"
      ? {
          ...each,
          users: each.users.map((user) => ({
            ...user,
            permissions: { ...user.permissions, publish: [...user.permissions.publish, extra] },
          })),
        }
      : each,
  );
  return { topology: { ...topology, tenants }, shared };
}

test.each(forms)(
  "%s: one grant too many is found, whichever it is",
  async (form) => {
    const { leaks } = await attacked(form, loosened);
    for (const wanted of [
      /^its worker may publish in\.sells\.m\.\S+, which is nobody's grant/,
      /^reached globex: in\.sells\.m\./,
      /^changed in globex: IN_sells/,
      /^heard, of globex: rx\.sells\./,
      /^its account was answered, of globex: \$JS\.API\.STREAM\.INFO\.IN_sells/,
    ]) {
      expect(
        leaks.some((leak) => wanted.test(leak)),
        String(wanted),
      ).toBe(true);
    }
  },
  240_000,
);

test("a reader that starts its place in a shared stream anew without end holds nobody back, and nobody gets anything twice", async () => {
  const { server, topology } = await furnished("operator");
  await using _ = server;
  await copied(server, topology);
  const [acme, globex, initech] = [
    await server.admin("acme"),
    await server.admin("globex"),
    await server.admin("initech"),
  ];
  const reset = `${address.sharedApi("globex", "paid")}.CONSUMER.RESET.STREAM_paid.SHARED_globex_acme`;
  const count = 50;
  for (let n = 0; n < count; n++) {
    const body = JSON.stringify({ id: `p${n}` });
    await globex.request(address.declaredSubject("paid", `p${n}`), body, { timeout: 20_000 });
    for (let again = 0; again < 10; again++) acme.publish(reset, '{"seq":1}', { reply: "_INBOX.hostile.x" });
    acme.publish("$JS.FC.STREAM_paid.SHARED_globex_acme.forged", "");
  }
  for (const reader of [acme, initech]) {
    const stream = address.sharedStream("globex", "paid");
    const ids = await until(
      "every reader has them all",
      async () => {
        const all = [...(await snapshotOf(reader))].filter(([name]) => name.startsWith(`${stream} `));
        const subjects = all.map(([, text]) => String(JSON.parse(text).subject));
        return new Set(subjects).size >= count + 1 ? subjects : undefined;
      },
      60_000,
    );
    expect(ids.length).toBe(new Set(ids).size);
  }
});
