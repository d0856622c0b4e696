// The configuration of a nats-server in operator mode: whom it trusts, where it keeps accounts, and those accounts
// without which nobody could bring the others.

import type { AccountFacts } from "../keys/claims-account.ts";
import { accountClaims } from "../keys/claims-account.ts";
import { operatorClaims } from "../keys/claims-operator.ts";
import { seconds, signJwt } from "../keys/jwt.ts";
import { operatorSigner } from "../keys/make.ts";
import type { StoredKeys } from "../keys/stored.ts";
import { platformFacts, systemFacts } from "./facts.ts";

export interface ServerConfOptions {
  readonly keys: StoredKeys;
  readonly now: Date;
  /** True: all accounts stand in the file, and none can be changed while the server runs. */
  readonly memory: boolean;
  /** Accounts of tenants that stand in the file. */
  readonly accounts: readonly AccountFacts[];
  /** More lines of configuration, such as `listen`. */
  readonly lines?: readonly string[];
  /** Inside `jetstream { }`, instead of the usual. */
  readonly jetstream?: readonly string[];
}

function operatorJwt({ operator, system }: StoredKeys, now: Date): string {
  const claims = operatorClaims({
    name: operator.name,
    subject: operator.identity.publicKey,
    signing: operator.signing.map(({ publicKey }) => publicKey),
    systemAccount: system.identity.publicKey,
  });
  return signJwt(claims, operator.identity, seconds(now));
}

export function accountJwt({ operator }: StoredKeys, facts: AccountFacts, now: Date): string {
  return signJwt(accountClaims(facts), operatorSigner(operator), seconds(now));
}

const usualJetStream: readonly string[] = [
  'store_dir: "./jetstream"',
  "# A PubAck means fsynced: without this line a power cut may lose acknowledged messages.",
  "sync_interval: always",
];

export function operatorServerConf(options: ServerConfOptions): string {
  const { keys, now, memory, accounts } = options;
  const preloaded = [systemFacts(keys), platformFacts(keys), ...accounts];
  const preload = preloaded.map((facts) => `  # ${facts.name}\n  ${facts.subject}: ${accountJwt(keys, facts, now)}`);
  return `# nats-server -c server.conf: operator mode. No secret in it. Written by \`vrsky keys server\`.
${(options.lines ?? []).map((line) => `${line}\n`).join("")}
operator: ${operatorJwt(keys, now)}
system_account: ${keys.system.identity.publicKey}

jetstream {
${(options.jetstream ?? usualJetStream).map((line) => `  ${line}`).join("\n")}
}

${memory ? memoryResolver : fullResolver}

resolver_preload {
${preload.join("\n")}
}
`;
}

const memoryResolver =
  "# The accounts below and no others; changed by changing this file and reloading the server.\nresolver: MEMORY";

const fullResolver = `# Accounts are kept here and changed while the server runs: \`vrsky apply\` brings those of the tenants.
resolver {
  type: full
  dir: "./accounts"
  allow_delete: true
  interval: "2m"
  timeout: "1.9s"
}`;
