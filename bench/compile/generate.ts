// Synthetic workspaces of any size for the compile benchmark: sixteen expressions per integration, texts of the length
// that people write. The same count and seed give the same files.

import { seeded } from "../../cli/cases/seeded.ts";
import { contractFile } from "./contract.ts";
import { integrationText } from "./integration.ts";

const perFile = 4;

/** Path below the workspace → text. */
export function generate(integrations: number, { seed = 1, tenants = 20 } = {}): ReadonlyMap<string, string> {
  const next = seeded(seed);
  const files = new Map<string, string>([["vrsky.yaml", workspace]]);
  files.set("contracts/address@1.json", address);
  for (let index = 0; index < Math.ceil(integrations / 2); index += 1) {
    files.set(`contracts/${contractName(index)}.json`, contractFile(index, next));
  }
  for (let tenant = 0; tenant < tenants; tenant += 1)
    files.set(`tenants/${nameOf(tenant)}/tenant.yaml`, tenantText(tenant));
  for (let index = 0; index < integrations; index += 1) {
    const folder = `tenants/${nameOf(index % tenants)}`;
    const text = integrationText(index, contractName(Math.floor(index / 2)), next);
    // Half of the files hold one integration, the others several of one tenant.
    const group = Math.floor(index / tenants);
    const shared = group % (2 * perFile) >= perFile;
    const path = shared ? `${folder}/group-${Math.floor(group / perFile)}.yaml` : `${folder}/flow-${index}.yaml`;
    const open = files.get(path);
    files.set(path, open === undefined ? text : `${open}---\n${text}`);
  }
  return files;
}

const contractName = (index: number): string => `order-${index}@1`;

const nameOf = (tenant: number): string => `shop-${tenant}`;

const workspace = `workspace: bench
language: 1
settings: { crmUrl: string, bigOrder: number, fallbackCountry: string }
defaults:
  settings: { bigOrder: 100000, fallbackCountry: SE }
  retry: { for: 24h }
contexts:
  dev: { settings: { crmUrl: "http://localhost:9000" } }
  prod: { nats: "tls://nats.example.com:4222", secrets: env, settings: { crmUrl: "https://crm.example.com", bigOrder: 250000 } }
`;

const address = `${JSON.stringify(
  {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "A postal address",
    type: "object",
    required: ["street", "city", "country"],
    properties: {
      street: { type: "string" },
      zip: { type: "string", maxLength: 12 },
      city: { type: "string" },
      country: { type: "string", pattern: "^[A-Z]{2}$" },
    },
  },
  null,
  2,
)}\n`;

const tenantText = (tenant: number): string => `# The shop number ${tenant} and the systems that it talks to.
tenant: ${nameOf(tenant)}
tier: shared
quotas: { storage: 100GiB }
secrets: [crm_token, shop_webhook, chat_url]
---
connections:
  crm: { http: { url: "\${ settings.crmUrl }", headers: { authorization: "Bearer \${ secrets.crm_token }" } } }
`;
