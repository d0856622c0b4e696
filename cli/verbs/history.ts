// vrsky history: revisions of a workspace, newest last, and what the audit stream holds.

import { failureOf } from "../../control/failure.ts";
import { readAudit, type StoredAudit } from "../../control/platform/audit.ts";
import { isDamaged, listRevisions, type Revision } from "../../control/platform/revisions.ts";
import { hasPlatform } from "../../control/platform/streams.ts";
import { visible } from "../../control/units.ts";
import { type ClusterOptions, fromControl } from "../cluster.ts";
import { type ExitCode, exit } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { type Paint, paint } from "../paint.ts";
import { withAccess } from "../with-access.ts";

export interface HistoryOptions extends ClusterOptions {
  readonly audit: boolean;
  readonly json: boolean;
}

export function historyVerb(path: string, options: HistoryOptions, io: Io): Promise<ExitCode> {
  return withAccess(path, options, io, async ({ topology: { workspace } }, { platform }) => {
    try {
      const there = await hasPlatform(platform);
      if (options.audit) tellAudit(there ? await readAudit(platform, workspace) : [], options.json, io);
      else tellRevisions(there ? await listRevisions(platform, workspace) : [], options.json, io);
      return exit.ok;
    } catch (error) {
      return say(io, fromControl(failureOf(error, "reading the history")).refusal);
    }
  });
}

type Listed = Awaited<ReturnType<typeof listRevisions>>[number];

function tellRevisions(revisions: readonly Listed[], json: boolean, io: Io): void {
  if (json) {
    io.out(`${JSON.stringify({ revisions }, null, 2)}\n`);
    return;
  }
  const color = paint(io.colorOut);
  const width = Math.max(0, ...revisions.map((each) => (isDamaged(each) ? 0 : each.by.length)));
  for (const each of revisions) {
    io.out(isDamaged(each) ? `${color.red("damaged")}  ${each.damaged}\n` : revisionLine(each, width, color));
  }
  if (revisions.length === 0) io.err("nothing was applied yet\n");
}

function revisionLine(revision: Revision, width: number, color: Paint): string {
  const { add, change, destroy, by, at, commit, rollbackTo } = revision;
  const counts = `+${add} ~${change} -${destroy}`.padEnd(14);
  const what = [
    commit === undefined ? undefined : visible(commit.slice(0, 12)),
    rollbackTo === undefined ? undefined : `back to ${rollbackTo}`,
  ];
  const number = color.bold(String(revision.revision).padStart(5));
  return `${number}  ${color.dim(at)}  ${visible(by).padEnd(width)}  ${counts} ${what.filter((each) => each !== undefined).join("  ")}\n`;
}

function tellAudit(records: readonly StoredAudit[], json: boolean, io: Io): void {
  if (json) {
    io.out(`${JSON.stringify({ audit: records }, null, 2)}\n`);
    return;
  }
  const color = paint(io.colorOut);
  for (const { storedAt, by, what, revision, detail } of records) {
    const time = color.dim(storedAt.slice(0, 19));
    io.out(
      `${time}  ${String(revision).padStart(5)}  ${visible(what).padEnd(15)}  ${visible(by)}  ${color.dim(brief(detail))}\n`,
    );
  }
}

function brief({ changes, ...detail }: StoredAudit["detail"]): string {
  const count = Array.isArray(changes) ? { changes: changes.length } : changes === undefined ? {} : { changes };
  return JSON.stringify({ ...detail, ...count });
}
