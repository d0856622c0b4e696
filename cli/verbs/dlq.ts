// vrsky dlq list|show: messages that could not be delivered, with their reason and their original bytes.

import type { TenantConnection } from "../../control/connect.ts";
import { listDeadLetters, showDeadLetter } from "../../control/dead-letters.ts";
import { type ClusterOptions, fromControl } from "../cluster.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { withCluster } from "../with-cluster.ts";

export interface DlqOptions extends ClusterOptions {
  readonly json: boolean;
  readonly tenant?: string;
  readonly integration?: string;
  readonly target?: string;
  readonly limit: number;
}

export async function dlqList(path: string, options: DlqOptions, io: Io): Promise<ExitCode> {
  return await withTenants(path, options, io, async (tenants) => {
    const color = paint(io.colorOut);
    const { integration, target, limit } = options;
    const filter = {
      limit,
      ...(integration === undefined ? {} : { integration }),
      ...(target === undefined ? {} : { target }),
    };
    const rows: object[] = [];
    for (const { tenant, connection } of tenants) {
      const found = await listDeadLetters(connection, filter);
      if (!found.ok) return say(io, fromControl(found.failure).refusal);
      for (const entry of found.value.letters) {
        const { letter } = entry;
        rows.push({
          tenant,
          integration: entry.integration,
          target: entry.target,
          id: letter?.id,
          idHash: entry.idHash,
          storedAt: entry.storedAt,
          attempts: letter?.attempts,
          failure: letter?.failure,
        });
        if (options.json) continue;
        io.out(
          `${color.dim(String(entry.storedAt))}  ${tenant}/${entry.integration} → ${entry.target}  ${color.bold(letter?.id ?? entry.idHash)}  ${color.red(letter?.failure.message ?? "unknown")}  ${color.dim(`${letter?.attempts ?? "?"} attempts`)}\n`,
        );
      }
    }
    if (options.json) io.out(`${JSON.stringify({ letters: rows }, null, 2)}\n`);
    else io.err(`${rows.length} dead ${rows.length === 1 ? "letter" : "letters"}\n`);
    return exit.ok;
  });
}

export async function dlqShow(path: string, id: string, options: DlqOptions, io: Io): Promise<ExitCode> {
  return await withTenants(path, options, io, async (tenants) => {
    for (const { tenant, connection } of tenants) {
      const found = await showDeadLetter(connection, id);
      if (!found.ok) return say(io, fromControl(found.failure).refusal);
      if (found.value.length === 0) continue;
      const entries = found.value.map(({ body, stored: _, ...rest }) => ({
        tenant,
        ...rest,
        body: Buffer.from(body).toString("utf8"),
      }));
      io.out(`${JSON.stringify({ letters: entries }, null, 2)}\n`);
      return exit.ok;
    }
    return say(io, refuse(exit.findings, `No dead letter has the id ${id}.`, "`vrsky dlq list` shows them.").refusal);
  });
}

function withTenants(
  path: string,
  options: DlqOptions,
  io: Io,
  work: (tenants: readonly TenantConnection[]) => Promise<ExitCode>,
): Promise<ExitCode> {
  const asked = ({ tenant }: TenantConnection): boolean => options.tenant === undefined || tenant === options.tenant;
  return withCluster(path, options, io, (_ready, tenants) => work(tenants.filter(asked)));
}
