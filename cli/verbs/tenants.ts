// vrsky tenants: each tenant with what it holds now, what its integrations may use, and what it is granted.

import { type Figure, type TenantFigures, tenantFigures } from "../../control/tenant-figures.ts";
import { humanSize } from "../../control/units.ts";
import { type ClusterOptions, fromControl } from "../cluster.ts";
import { type ExitCode, exit } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { withAccess } from "../with-access.ts";

export interface TenantsOptions extends ClusterOptions {
  readonly json: boolean;
}

export function tenantsVerb(path: string, options: TenantsOptions, io: Io): Promise<ExitCode> {
  return withAccess(path, options, io, async ({ topology }, access) => {
    const figures = await tenantFigures(access, topology.tenants);
    if (!figures.ok) return say(io, fromControl(figures.failure).refusal);
    if (options.json) io.out(`${JSON.stringify({ tenants: figures.value }, null, 2)}\n`);
    else io.out(table(figures.value, io));
    return exit.ok;
  });
}

const heads = ["tenant", "integrations", "storage", "streams", "consumers", "messages"];

function table(figures: readonly TenantFigures[], io: Io): string {
  const rows = figures.map((each) => [
    each.live ? each.tenant : `${each.tenant} (no account yet)`,
    String(each.integrations),
    said(each.storage, humanSize),
    said(each.streams, String),
    said(each.consumers, String),
    each.messagesPerSecond === undefined ? "no limit" : `${each.messagesPerSecond}/s`,
  ]);
  const widths = heads.map((head, column) => Math.max(head.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd();
  const { bold, dim } = paint(io.colorOut);
  const note = "Held now, at most by what the workspace wants, of what is granted.";
  return `${[bold(line(heads)), ...rows.map(line), "", dim(note)].join("\n")}\n`;
}

const said = ({ held, wanted, granted }: Figure, figure: (count: number) => string): string =>
  `${figure(held)}, ${figure(wanted)} of ${granted === -1 ? "unlimited" : figure(granted)}`;
