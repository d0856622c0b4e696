// One round of `apply --watch`: pull → compile when the commit is new → plan → apply when something differs. What does
// not compile changes nothing: the last commit that did stays wanted, and is put back where somebody changed it by hand.

import type { ClusterAccess } from "../../control/access.ts";
import { refusedLoss } from "../../control/data-loss.ts";
import { applyTopology, planTopology } from "../apply-topology.ts";
import { type ClusterOptions, fromControl } from "../cluster.ts";
import { openFolder, type Ready } from "../compile-workspace.ts";
import { type ExitCode, exit, type Refusal } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { withAccess } from "../with-access.ts";
import { pull } from "./checkout.ts";
import type { Git } from "./git.ts";

export interface Watched extends ClusterOptions {
  /** Root of the git work tree. */
  readonly root: string;
  readonly workspace: string;
  readonly prune: boolean;
}

/** What one round leaves for the next. */
export interface Memory {
  /** The commit that was compiled last, well or not. */
  seen?: string;
  good?: { readonly ready: Ready; readonly commit: string };
  /** The commit that the cluster was brought to. */
  applied?: string;
}

export type State =
  | "applied"
  | "in-sync"
  /** The checkout is not what upstream says. */
  | "blocked"
  /** The commit does not compile; the one before is kept in effect. */
  | "broken"
  /** By the cluster: messages would be lost, somebody else is applying. */
  | "refused"
  | "unreachable"
  | "denied"
  | "failed";

export interface Round {
  readonly state: State;
  readonly exit: ExitCode;
  /** Of the checkout. */
  readonly commit?: string;
  /** In effect as far as this round knows. */
  readonly effective?: string;
  readonly revision?: number;
  readonly changes: number;
  /** What somebody else had changed and was set back. */
  readonly putBack: readonly string[];
  /** Findings, errors and warnings, as they are printed. */
  readonly said: string;
  /** The commit was compiled in this very round. */
  readonly fresh: boolean;
  /** Upstream or the server did not answer: the next round may wait longer. */
  readonly away: boolean;
}

export async function playRound(watched: Watched, memory: Memory, git: Git, outer: Io): Promise<Round> {
  const heard: string[] = [];
  const io: Io = { ...outer, interactive: false, out: () => undefined, err: (text) => void heard.push(text) };
  const nothing = { changes: 0, putBack: [], fresh: false, away: false };
  const pulled = await pull(git, watched.root, watched.workspace);
  if (!pulled.ok) {
    const code = say(io, pulled.refusal);
    return { ...nothing, state: "blocked", exit: code, said: heard.join("") };
  }
  const { commit, behind } = pulled.value;
  if (behind !== undefined) io.err(`warning: ${behind}; going on with commit ${commit.slice(0, 12)}\n`);
  const fresh = memory.seen !== commit;
  if (fresh) compile(watched, memory, commit, io);
  const done = memory.good === undefined ? undefined : await reconcile(watched, memory, memory.good, io);
  const broken = memory.good?.commit !== commit;
  if (broken && fresh && memory.good !== undefined) {
    io.err(`kept: commit ${memory.good.commit.slice(0, 12)} stays in effect\n`);
  }
  const code = done?.exit ?? exit.findings;
  const changes = done?.changes ?? 0;
  return {
    ...nothing,
    ...done,
    state: broken && code === exit.ok ? "broken" : stateOf(code, changes),
    exit: broken && code === exit.ok ? exit.findings : code,
    commit,
    ...(memory.applied === undefined ? {} : { effective: memory.applied }),
    said: heard.join(""),
    fresh,
    away: behind !== undefined || code === exit.unreachable,
  };
}

function compile({ workspace }: Watched, memory: Memory, commit: string, io: Io): void {
  memory.seen = commit;
  // A commit could bring a cache of its own, and with it an output that is not what its specs say.
  const opened = openFolder(workspace, io, { cache: false });
  if (opened.ok) memory.good = { ready: opened.value, commit };
  else say(io, opened.refusal);
}

function stateOf(code: ExitCode, changes: number): State {
  switch (code) {
    case exit.ok:
      return changes > 0 ? "applied" : "in-sync";
    case exit.findings:
      return "broken";
    case exit.refused:
      return "refused";
    case exit.unreachable:
      return "unreachable";
    case exit.denied:
      return "denied";
    default:
      return "failed";
  }
}

type Done = Pick<Round, "exit" | "changes" | "putBack" | "revision">;

/** A commit is applied once in any case, so that it is recorded; after that only what differs is. */
async function reconcile(
  watched: Watched,
  memory: Memory,
  { ready, commit }: NonNullable<Memory["good"]>,
  io: Io,
): Promise<Done> {
  let done: Omit<Done, "exit"> = { changes: 0, putBack: [] };
  const code = await withAccess(ready, watched, io, async (wanted, access) => {
    const plan = await planTopology(wanted, access, watched.prune, io);
    if (!plan.ok) return say(io, plan.refusal);
    const { changes, revision } = plan.value;
    done = { ...done, revision };
    if (memory.applied === commit && changes.length === 0) return exit.ok;
    // Told without the lease: round after round it would be in the way of whoever does something about it.
    const loss = refusedLoss(changes, []);
    if (loss !== undefined) return sayRefused(fromControl(loss).refusal, watched, io);
    const applied = await apply(wanted, access, watched.prune, { ...io, env: { ...io.env, VRSKY_COMMIT: commit } });
    if (!applied.ok) return say(io, applied.refusal);
    memory.applied = commit;
    done = applied.value;
    return exit.ok;
  });
  return { ...done, exit: code };
}

async function apply(wanted: Ready, access: ClusterAccess, prune: boolean, io: Io) {
  const applied = await applyTopology(wanted, access, { prune, io });
  if (!applied.ok) return applied;
  const { done: changes, revision, plan } = applied.value;
  const ours = plan.drift.filter(({ fields }) => fields.some(({ owner }) => owner === "vrsky"));
  const putBack = ours.map(({ tenant, kind, name }) => `${kind} ${name} of ${tenant}`);
  return { ok: true as const, value: { changes, revision, putBack } };
}

/** No flag can be given to a commit: whoever wants the loss says so once, by hand. */
function sayRefused(refusal: Refusal, { workspace, context, prune }: Watched, io: Io): ExitCode {
  const { help, ...rest } = refusal;
  const flags = help === undefined ? null : /--allow-data-loss=\S.*$/.exec(help);
  if (flags === null) return say(io, refusal);
  const command = ["vrsky apply", workspace, ...(context === undefined ? [] : ["--context", context])];
  const line = [...command, ...(prune ? ["--prune"] : []), flags[0]].join(" ");
  return say(io, { ...rest, help: `Let the targets read them, or once by hand: ${line}` });
}
