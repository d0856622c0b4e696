// A server or an account that has no room for what is wanted: said with what to do, and what there was stays.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { exitCode } from "../../control/failure.ts";
import { startNatsServer } from "../../control/nats-server/embed.ts";
import { findServer } from "../../control/nats-server/find.ts";
import { applyTo } from "../rig/apply.ts";
import { api } from "../rig/topology.ts";
import { workspaceOf } from "../rig/workspace.ts";

const mebibyte = 1024 ** 2;

test.each([
  ["storage", { disk: 6 * mebibyte, streams: -1, consumers: -1 }, 8 * mebibyte],
  ["streams", { disk: 64 * mebibyte, streams: 8, consumers: -1 }, mebibyte],
  ["consumers", { disk: 64 * mebibyte, streams: -1, consumers: 1 }, mebibyte],
])("an account without room for more %s", async (_what, limits, intakeBytes) => {
  const found = await findServer({ say: () => undefined });
  if (!found.ok) throw new Error(found.message);
  const dir = await mkdtemp(join(tmpdir(), "vrsky-room-"));
  await using server = await startNatsServer({
    binary: found.server.path,
    dir,
    syncAlways: false,
    accounts: { acme: { limits: { connections: 10, payload: mebibyte, memory: 0, ...limits } } },
  });
  try {
    const login = server.credentials.acme;
    const connection = await connect({
      servers: server.url,
      ...(login === undefined ? {} : { user: login.user, pass: login.password }),
    });
    const tenants = [{ tenant: "acme", connection }];
    expect(await applyTo(workspaceOf({ integrations: { orders: ["crm"] } }), tenants)).toMatchObject({ ok: true });
    const more = workspaceOf({ integrations: { orders: ["crm", "shop"], billing: ["ledger"] }, intakeBytes });
    const refused = await applyTo(more, tenants);
    if (refused.ok) throw new Error("not refused");
    expect(refused.failure.kind).toBe("space");
    expect(exitCode(refused.failure)).toBe(3);
    expect(refused.failure.message).toMatch(/of tenant acme: .*grant more \(quotas/);
    expect(await api(connection, "STREAM.INFO.IN_orders")).toMatchObject({ config: { name: "IN_orders" } });
    await connection.close();
  } finally {
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
});
