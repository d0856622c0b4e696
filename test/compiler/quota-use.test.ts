// What the quota check reckons with is what is emitted: for the examples of the language, and for a workspace that is
// compiled again after a change.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { scriptTools } from "../../cli/script-tools.ts";
import { createTypeChecker } from "../../compiler/4-check/type-checker.ts";
import { readersIn } from "../../compiler/6-emit/streams.ts";
import { emitTopology, tenantUse } from "../../compiler/6-emit/topology.ts";
import { resolve } from "../../compiler/compile.ts";
import type { Tenant, Workspace } from "../../compiler/integration.ts";
import { manifests } from "../../connectors/all.ts";
import { useOf } from "../../schema/quotas.ts";

function workspaceOf(root: string): Workspace {
  const checker = createTypeChecker();
  try {
    const files = {
      list: (folder: string) =>
        readdirSync(folder, { withFileTypes: true }).map((entry) => ({
          name: entry.name,
          folder: entry.isDirectory(),
        })),
      read: (path: string) => readFileSync(path),
    };
    const found: string[] = [];
    const { workspace } = resolve({ root, files, manifests, checker, scripts: scriptTools() }, ({ message }) =>
      found.push(message),
    );
    if (workspace === undefined) throw new Error(found.join("\n"));
    return workspace;
  } finally {
    checker.close();
  }
}

const none = new Map();

function compare(workspace: Workspace): void {
  const emitted = emitTopology(workspace, [], none).tenants;
  expect(emitted.length).toBeGreaterThan(1);
  for (const tenant of emitted) {
    const own = workspace.tenants.find(({ name }) => name === tenant.tenant);
    expect(own && tenantUse(own, readersIn(workspace)), tenant.tenant).toEqual(useOf(tenant));
  }
}

test.each(["examples", "examples/language"])("%s", (folder) => {
  const workspace = workspaceOf(join(import.meta.dirname, "../..", folder));
  compare(workspace);
  const quotas = { storage: 64 * 1024 ** 2 };
  compare({ ...workspace, tenants: workspace.tenants.map((tenant): Tenant => ({ ...tenant, quotas })) });
  compare({
    ...workspace,
    tenants: workspace.tenants.map((tenant) => ({ ...tenant, integrations: tenant.integrations.slice(0, 2) })),
  });
});
