// What `vrsky init` writes: a webhook whose orders are typed, mapped and appended to a file, with the cases that show
// it. Everything in it compiles, is formatted and passes as it stands: a test sees to it.

import { modeline } from "../schemas/workspace-schemas.ts";
import { readme } from "./readme.ts";
import { workflow } from "./workflow.ts";

export interface ScaffoldFile {
  /** Below the workspace; the workflow's below the repository. */
  readonly path: string;
  readonly text: string;
  /** One line for who looks at the tree of files. */
  readonly about: string;
  /** A file of that name may be there before: it stays, and the workspace works without this one. */
  readonly optional?: boolean;
  readonly inRepository?: boolean;
}

export interface ScaffoldOptions {
  readonly name: string;
  /** How the command is called on this machine: `vrsky`, `npx vrsky`. */
  readonly vrsky: string;
  /** The workspace's folder below its repository; "" for the same. */
  readonly below: string;
}

export function scaffold({ name, vrsky, below }: ScaffoldOptions): readonly ScaffoldFile[] {
  const checks = `.github/workflows/vrsky${below === "" ? "" : `-${name}`}.yml`;
  return [
    { path: "vrsky.yaml", text: spec("vrsky.yaml", workspace(name)), about: "the workspace" },
    { path: "contracts/order@1.yaml", text: spec("contracts/order@1.yaml", contract), about: "what an order is" },
    { path: tenantFile, text: spec(tenantFile, tenant), about: "whose all this is" },
    { path: ordersFile, text: spec(ordersFile, orders), about: "webhook → paid? → map → file" },
    { path: testsFile, text: spec(testsFile, tests), about: "what must come of it" },
    { path: ".gitignore", text: gitignore, about: "state of this machine is not committed", optional: true },
    { path: "README.md", text: readme(name, vrsky, checks), about: "how to go on", optional: true },
    {
      path: checks,
      text: workflow(name, below === "" ? "." : below),
      about: "checks each pull request",
      optional: true,
      inRepository: true,
    },
  ];
}

const tenantFile = "tenants/acme/tenant.yaml";
const ordersFile = "tenants/acme/orders.yaml";
const testsFile = "tenants/acme/orders.tests.yaml";
const spec = (path: string, text: string): string => `${modeline(path)}\n${text}`;

const workspace = (name: string): string => `# What lies below this folder is compiled together.
workspace: ${name}
language: 1
# Where it runs. \`vrsky dev\` needs none of this; \`vrsky plan . --context prod\` does.
# contexts:
#   prod: { nats: "tls://nats.example.com:4222", credentials: { env: VRSKY_LOGINS }, secrets: env }
`;

const contract = `# An order as the shop sends it. The first example is what \`vrsky dev\` makes its request of.
type: object
required: [id, status, amount]
properties:
  id: { type: string, minLength: 1, examples: [o-1001] }
  status: { enum: [paid, open] }
  amount: { type: number, minimum: 0, examples: [12.5] }
  email: { type: string, examples: [ann@example.com] }
`;

const tenant = `# Who owns what lies in this folder: a NATS account of its own, with its secrets, streams and quotas.
tenant: acme
`;

const orders = `# A webhook takes orders; of those that are paid, a line each is written to a file.
integration: orders
source:
  http: { path: /orders }
  contract: order@1
  message-id: \${ body.id } # sent twice, taken once
steps:
  - filter: \${ body.status === "paid" }
  - map:
      id: \${ body.id }
      customer: \${ body.email ?? "unknown" }
      cents: \${ round(body.amount * 100) }
targets:
  log:
    file: { path: orders.jsonl, format: jsonl }
`;

const tests = `# What goes in and what must come out: \`vrsky test\` runs it without a server.
tests: orders
cases:
  - name: a paid order becomes a line
    given:
      body: { id: o-1, status: paid, amount: 12.5, email: ann@example.com }
    expect:
      targets: { log: [{ id: o-1, customer: ann@example.com, cents: 1250 }] }
  - name: nobody has to leave an address
    given:
      body: { id: o-2, status: paid, amount: 3 }
    expect:
      targets: { log: [{ id: o-2, customer: unknown, cents: 300 }] }
  - name: an order that is not paid is left out
    given:
      body: { id: o-3, status: open, amount: 3 }
    expect: {}
`;

const gitignore = `# State of this machine: servers, data, caches, schemas for editors.
.vrsky/
node_modules/
`;
