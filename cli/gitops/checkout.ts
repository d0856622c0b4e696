// A git checkout that follows its upstream branch: fetched and moved forward, never more. Where the files are not what
// a commit says, or the commit is not one of upstream's, it says so and moves nothing.

import { relative } from "node:path";
import { exit, ok, type Result, refuse } from "../exit.ts";
import type { Git } from "./git.ts";

export interface Pulled {
  /** What the files are now. */
  readonly commit: string;
  /** `origin/main` */
  readonly upstream: string;
  /** Why upstream could not be asked: the files are what they were. */
  readonly behind?: string;
}

/** Undefined when the folder is in no work tree. */
export async function rootOf(git: Git): Promise<string | undefined> {
  const { ok, out } = await git(["rev-parse", "--show-toplevel"]);
  return ok ? out.replace(/\n$/, "") : undefined;
}

/** `workspace` lies in the work tree: files there that git does not know would be compiled as well. */
export async function pull(git: Git, root: string, workspace: string): Promise<Result<Pulled>> {
  const tracked = await upstreamOf(git, root);
  if (!tracked.ok) return tracked;
  const { remote, branch, upstream } = tracked.value;
  const fetched = await git(["fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--", remote, branch], {
    seconds: 120,
  });
  const edited = await edits(git, root, workspace);
  if (edited !== undefined) return edited;
  const moved = await forward(git, root, upstream);
  if (!moved.ok) return moved;
  const submodule = await submoduleIn(git, root, workspace);
  if (submodule !== undefined) return submodule;
  const head = await git(["rev-parse", "--verify", "HEAD"]);
  if (!head.ok) return blocked(`The commit of ${root} cannot be read: ${head.reason}.`);
  const behind = fetched.ok ? {} : { behind: `${upstream} cannot be fetched: ${fetched.reason}` };
  return ok({ commit: head.out.trim(), upstream, ...behind });
}

const blocked = (message: string, help?: string) => refuse(exit.refused, message, help);

interface Tracked {
  readonly remote: string;
  /** `refs/heads/main`, as the remote calls it. */
  readonly branch: string;
  readonly upstream: string;
}

async function upstreamOf(git: Git, root: string): Promise<Result<Tracked>> {
  const head = await git(["symbolic-ref", "--quiet", "--short", "HEAD"]);
  if (!head.ok) {
    return blocked(`${root} is on no branch (detached HEAD).`, `\`git -C ${root} switch main\` takes one.`);
  }
  const name = head.out.trim();
  const value = async (key: string): Promise<string> =>
    (await git(["config", "--get", `branch.${name}.${key}`])).out.trim();
  const [remote, branch] = [await value("remote"), await value("merge")];
  const upstream = await git(["rev-parse", "--abbrev-ref", "--symbolic-full-name", `${name}@{upstream}`]);
  if (remote === "" || branch === "" || !upstream.ok) {
    return blocked(
      `Branch ${name} of ${root} follows no branch upstream.`,
      `\`git -C ${root} branch --set-upstream-to=origin/${name}\` says which.`,
    );
  }
  return ok({ remote, branch, upstream: upstream.out.trim() });
}

/** Files that are not what the commit says; undefined when there are none. */
async function edits(git: Git, root: string, workspace: string) {
  const status = await git(["status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=normal"]);
  if (!status.ok) return blocked(`The state of ${root} cannot be read: ${status.reason}.`);
  const inside = relative(root, workspace).replaceAll("\\", "/");
  const names = status.out
    .split("\0")
    .filter((entry) => entry !== "" && (!entry.startsWith("?? ") || isSpec(entry.slice(3), inside)))
    .map((entry) => entry.slice(3));
  if (names.length === 0) return undefined;
  const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
  return blocked(
    `Files in ${root} were changed and not committed: ${names.slice(0, 3).join(", ")}${more}. Nothing is applied.`,
    "Commit and push them from another clone, or take them away here.",
  );
}

/** Its files are not fetched, and would look as if somebody had removed them; undefined when there is none. */
async function submoduleIn(git: Git, root: string, workspace: string) {
  const inside = relative(root, workspace).replaceAll("\\", "/");
  const files = await git(["ls-files", "--stage", "-z", "--", `:(top,literal)${inside}`]);
  if (!files.ok) return blocked(`The files of ${root} cannot be listed: ${files.reason}.`);
  const found = files.out.split("\0").find((entry) => entry.startsWith("160000 "));
  if (found === undefined) return undefined;
  const name = found.slice(found.indexOf("\t") + 1);
  return blocked(
    `${name} in ${root} is a submodule, which is not followed. Nothing is applied.`,
    "Commit its files here.",
  );
}

/** Of files that git does not know only those of the workspace count, without what vrsky keeps there itself. */
function isSpec(path: string, workspace: string): boolean {
  return (workspace === "" || path.startsWith(`${workspace}/`)) && !/(^|\/)\.vrsky(\/|$)/.test(path);
}

async function forward(git: Git, root: string, upstream: string): Promise<Result<void>> {
  const counts = await git(["rev-list", "--left-right", "--count", "HEAD...@{upstream}"]);
  if (!counts.ok) return blocked(`${root} cannot be compared with ${upstream}: ${counts.reason}.`);
  const [ahead = 0, behind = 0] = counts.out.trim().split(/\s+/).map(Number);
  if (ahead > 0) {
    return blocked(
      `${root} has ${ahead} ${ahead === 1 ? "commit" : "commits"} that ${upstream} has not: its history was rewritten, or somebody committed here. Nothing is applied.`,
      `When upstream is right: \`git -C ${root} reset --hard ${upstream}\`.`,
    );
  }
  if (behind === 0) return ok(undefined);
  const merged = await git(["merge", "--ff-only", "--quiet", "@{upstream}"]);
  return merged.ok ? ok(undefined) : blocked(`${root} cannot be moved to ${upstream}: ${merged.reason}.`);
}
