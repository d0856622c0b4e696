// What the examples of the diagnostics leave out: the rest of their integration and of its workspace. The page shows
// it once, the test of the catalogue compiles with it.

export const integrationFrame: Readonly<Record<string, string>> = {
  integration: "integration: example",
  source: "source: { http: { path: /orders }, contract: order@1 }",
  targets: "targets: { out: { nats: { subject: orders.out } } }",
};

export const workspaceFrame: Readonly<Record<string, string>> = {
  "vrsky.yaml": `workspace: shop
language: 1
`,
  "tenants/acme/tenant.yaml": `tenant: acme
secrets: [token, webhook]
streams: { contacts: { contract: { name: string }, keep: 7d } }
---
connections:
  crm: { http: { url: https://crm.example.com } }
`,
  "contracts/order@1.yaml": `type: object
properties:
  id: { type: string }
  email: { type: [string, "null"] }
  status: { enum: [paid, open] }
  total: { type: number }
  at: { type: string, format: date-time }
  lines:
    type: array
    items:
      type: object
      properties: { sku: { type: string }, qty: { type: integer } }
      required: [sku, qty]
required: [id, status, total, at, lines]
`,
  "scripts/price.ts": "export default () => ({ price: 12 });\n",
  "mails/receipt.hbs": "Thank you for {{ body.id }}.\n",
};

const main = "tenants/acme/example.yaml";

/** The files of an example's workspace. Its first lines are an integration unless they name a file of their own. */
export function framed(lines: readonly string[]): Readonly<Record<string, string>> {
  const files: Record<string, string[]> = {};
  let path = main;
  for (const line of lines) {
    const named = /^# ([\w@./-]+\.\w+)$/.exec(line)?.[1];
    if (named !== undefined) path = named;
    files[path] ??= [];
    if (named === undefined) files[path]?.push(line);
  }
  const given = files[main] ?? [];
  const end = given.indexOf("---");
  const own = end === -1 ? given : given.slice(0, end);
  const missing = Object.entries(integrationFrame).flatMap(([key, text]) =>
    own.some((line) => line.startsWith(`${key}:`)) ? [] : [text],
  );
  files[main] = [...missing, ...given];
  return {
    ...workspaceFrame,
    ...Object.fromEntries(Object.entries(files).map(([at, text]) => [at, `${text.join("\n")}\n`])),
  };
}
