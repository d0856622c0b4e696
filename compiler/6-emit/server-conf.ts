// The static `accounts {}` form of the topology: a nats-server that loads it has every tenant's account and worker
// user. Passwords are references to environment variables; the file can be committed.

import { platformAccount } from "../../schema/address.ts";
import { type AccountSharing, nothingShared, sharing } from "../../schema/sharing.ts";
import type { TenantTopology, Topology } from "../../schema/topology.ts";

/** `VRSKY_ACME_WORKER_PASSWORD`: letters, digits and underscores, as NATS reads them. */
function passwordVariable(tenant: string, role: "admin" | "worker"): string {
  return `VRSKY_${tenant.replaceAll("-", "_").toUpperCase()}_${role.toUpperCase()}_PASSWORD`;
}

export function emitServerConf(topology: Topology): string {
  const shared = sharing(topology);
  return `# nats-server -c server.conf, with one environment variable per password. Written by the VRSky compiler.

jetstream {
  store_dir: "./jetstream"
  # A PubAck means fsynced: without this line a power cut may lose acknowledged messages.
  sync_interval: always
}

accounts {
  # The control plane keeps lease, journal, history and audit here.
  ${platformAccount}: {
    jetstream: enabled
    users: [{ user: ${text(`${platformAccount}-admin`)}, password: $VRSKY_PLATFORM_ADMIN_PASSWORD }]
  }
${topology.tenants.map((tenant) => account(tenant, shared.get(tenant.account.name) ?? nothingShared)).join("\n")}
}
`;
}

function account(tenant: TenantTopology, { exports, imports }: AccountSharing): string {
  const { limits } = tenant.account;
  const users = tenant.users.map(
    (user) => `      {
        user: ${text(user.name)}, password: $${passwordVariable(tenant.tenant, "worker")}
        permissions: {
          publish: [
${user.permissions.publish.map((subject) => `            ${text(subject)}`).join("\n")}
          ]
          subscribe: [${user.permissions.subscribe.map(text).join(", ")}]
        }
      }`,
  );
  return `  ${text(tenant.account.name)}: {
    jetstream: { max_file: ${limits.disk}, max_mem: ${limits.memory}, max_streams: ${limits.streams}, max_consumers: ${limits.consumers} }
    limits: { max_connections: ${limits.connections}, max_payload: ${limits.payload} }
    users: [
      { user: ${text(`${tenant.tenant}-admin`)}, password: $${passwordVariable(tenant.tenant, "admin")} }
${users.join("\n")}
    ]${list("exports", exports.map(exported))}${list("imports", imports.map(imported))}
  }`;
}

const list = (name: string, lines: readonly string[]): string =>
  lines.length === 0 ? "" : `\n    ${name}: [\n${lines.map((line) => `      { ${line} }`).join("\n")}\n    ]`;

const exported = ({ type, subject, accounts }: AccountSharing["exports"][number]): string =>
  `${type}: ${text(subject)}, accounts: [${accounts.map(text).join(", ")}]`;

const imported = ({ type, account, subject, localSubject }: AccountSharing["imports"][number]): string =>
  `${type}: { account: ${text(account)}, subject: ${text(subject)} }${localSubject === subject ? "" : `, to: ${text(localSubject)}`}`;

const text = (value: string): string => JSON.stringify(value);
