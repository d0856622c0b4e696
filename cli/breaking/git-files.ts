// The files of a folder as they were at a commit, read out of git's own store into memory: nothing is checked out, and
// the working tree is not looked at.

import { spawnSync } from "node:child_process";
import { realpathSync } from "node:fs";
import type { FileSystem } from "../../compiler/1-read/read.ts";
import { exit, ok, type Result, refuse } from "../exit.ts";
import { careful, gitEnv } from "../gitops/git.ts";
import type { Io } from "../io.ts";

export interface Commit {
  /** Full hash. */
  readonly hash: string;
  /** With `root` as the folder's path. */
  readonly files: FileSystem;
}

/** Root of the folder in `Commit.files`. */
export const root = "commit";

/** More than a workspace's text ever has. */
const largest = 64 * 1024 ** 2;

export function filesAt(folder: string, ref: string, io: Io): Result<Commit> {
  const git = gitAt(realpathSync(folder), io);
  const prefix = git(["rev-parse", "--show-prefix"]);
  if (prefix.missing) return refuse(exit.findings, "git is not installed.", "Install git.");
  if (!prefix.ok) {
    return refuse(exit.usage, `${folder} lies in no git repository.`, "Compare a workspace that git keeps.");
  }
  const named = git(["rev-parse", "--verify", "--quiet", "--end-of-options", `${ref}^{commit}`]);
  if (!named.ok) return unknownRef(ref, git);
  const hash = named.text.trim();
  const inside = prefix.text.replace(/\n$/, "");
  const listed = git(["ls-tree", "-r", "-z", "--full-tree", hash, ...(inside === "" ? [] : ["--", inside])]);
  const entries = listed.text.split("\0").flatMap((line) => entryOf(line, inside));
  if (!entries.some(({ path }) => path === "vrsky.yaml")) {
    const where = inside === "" ? "the repository's root" : inside.replace(/\/$/, "");
    return refuse(exit.usage, `At ${ref} there is no workspace in ${where}.`, "Name a commit that has its vrsky.yaml.");
  }
  const texts = entries.filter(({ path, kind }) => kind === "file" && /\.(?:ya?ml|json)$/.test(path));
  const blobs = contents(
    texts.map(({ object }) => object),
    git,
  );
  if (blobs === undefined) {
    const help = "The clone may be a partial one: `git fetch --refetch` gets what it lacks.";
    return refuse(exit.findings, `What ${ref} holds cannot be read.`, help);
  }
  return ok({ hash, files: inMemory(entries, blobs, git) });
}

/** A shallow clone knows no other commits: the most frequent reason in CI. */
function unknownRef(ref: string, git: Git): Result<Commit> {
  const shallow = git(["rev-parse", "--is-shallow-repository"]).text.trim() === "true";
  const branch = /^origin\/(.+)$/.exec(ref)?.[1];
  const fetch = branch === undefined ? `origin ${ref}` : `origin ${branch}:refs/remotes/origin/${branch}`;
  const then = branch === undefined ? ", and compare with FETCH_HEAD" : "";
  const help = shallow
    ? `The clone is shallow. Fetch it first: \`git fetch --depth=1 ${fetch}\`${then}.`
    : "Name a branch, a tag or a commit of this repository, such as origin/main.";
  return refuse(exit.usage, `git knows no commit \`${ref}\`.`, help);
}

interface Answer {
  readonly ok: boolean;
  readonly bytes: Buffer;
  readonly text: string;
  readonly missing: boolean;
}

type Git = (args: readonly string[], input?: string) => Answer;

const gitAt =
  (folder: string, io: Io): Git =>
  (args, input = "") => {
    const ran = spawnSync("git", [...careful, "-C", folder, ...args], {
      env: gitEnv(io.env),
      input,
      maxBuffer: largest,
      timeout: 60_000,
    });
    const missing = ran.error !== undefined && "code" in ran.error && ran.error.code === "ENOENT";
    const bytes = ran.stdout ?? Buffer.alloc(0);
    return { ok: ran.status === 0, bytes, text: bytes.toString("utf8"), missing };
  };

interface Entry {
  /** Below the folder. */
  readonly path: string;
  readonly kind: "file" | "link";
  readonly object: string;
}

/** `100644 blob <hash>\t<path>`; submodules are left out. */
function entryOf(line: string, inside: string): readonly Entry[] {
  const [, mode = "", object = "", path = ""] = /^(\d+) blob ([0-9a-f]+)\t(.+)$/s.exec(line) ?? [];
  if (!path.startsWith(inside) || object === "") return [];
  const below = path.slice(inside.length);
  // What lies in folders that compile never looks into may be large.
  if (/(?:^|\/)(?:\.|node_modules\/)/.test(below)) return [];
  return [{ path: below, kind: mode === "120000" ? "link" : "file", object }];
}

/** By hash; undefined when one is not there. */
function contents(objects: readonly string[], git: Git): ReadonlyMap<string, Uint8Array> | undefined {
  const { ok: read, bytes } = git(["cat-file", "--batch"], objects.map((object) => `${object}\n`).join(""));
  if (!read) return undefined;
  const found = new Map<string, Uint8Array>();
  let at = 0;
  for (const object of objects) {
    const end = bytes.indexOf(10, at);
    const size = Number(/ blob (\d+)$/.exec(bytes.subarray(at, end).toString("latin1"))?.[1]);
    if (end === -1 || Number.isNaN(size)) return undefined;
    found.set(object, bytes.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return found;
}

/** Specs and contracts lie in memory already; a script or a template is asked for when it is wanted. */
function inMemory(entries: readonly Entry[], blobs: ReadonlyMap<string, Uint8Array>, git: Git): FileSystem {
  const files = new Map(entries.map((entry) => [`${root}/${entry.path}`, entry]));
  const folders = new Map<string, Map<string, boolean>>([[root, new Map()]]);
  for (const path of files.keys()) {
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth += 1) {
      const folder = parts.slice(0, depth).join("/");
      const names = folders.get(folder) ?? new Map<string, boolean>();
      names.set(parts[depth] ?? "", depth < parts.length - 1);
      folders.set(folder, names);
    }
  }
  return {
    list: (folder) => {
      const names = folders.get(folder.replace(/\/$/, ""));
      return names === undefined ? undefined : [...names].map(([name, isFolder]) => ({ name, folder: isFolder }));
    },
    read: (path) => {
      const entry = files.get(path);
      if (entry === undefined) return { error: "there is no such file" };
      if (entry.kind === "link") return { error: "a link is not followed" };
      const known = blobs.get(entry.object);
      if (known !== undefined) return known;
      const answer = git(["cat-file", "blob", entry.object]);
      return answer.ok ? answer.bytes : { error: "git cannot read it" };
    },
  };
}
