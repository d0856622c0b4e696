// What a compile asked of the file system, and one digest of all answers. Compile is pure: where every answer is the
// same, so is its result, whatever it made of them.

import { createHash } from "node:crypto";
import type { FileSystem } from "../../compiler/1-read/read.ts";

export interface Trace {
  /** `list PATH` and `read PATH`, relative to the workspace, in the order of the questions. */
  readonly asked: readonly string[];
  /** SHA-256 of the answers, hex. */
  readonly digest: string;
}

export interface Traced extends FileSystem {
  trace(): Trace;
}

/** Each question is asked once. The cache's own folder is hidden: it must not change what it depends on. */
export function traced(root: string, files: FileSystem): Traced {
  const asked: string[] = [];
  const seen = new Set<string>();
  const hash = createHash("sha256");
  const note = (question: string, answer: string | Uint8Array): void => {
    if (seen.has(question)) return;
    seen.add(question);
    asked.push(question);
    hash.update(`${question}\n${answer.length}\n`);
    hash.update(answer);
  };
  return {
    list: (folder) => {
      const entries = files.list(folder)?.filter(({ name }) => name !== ".vrsky");
      const names = entries?.map(({ name, folder: isFolder }) => (isFolder ? `${name}/` : name)).sort();
      note(`list ${below(root, folder)}`, JSON.stringify(names ?? null));
      return entries;
    },
    read: (path) => {
      const answer = files.read(path);
      note(`read ${below(root, path)}`, answer instanceof Uint8Array ? answer : `error: ${answer.error}`);
      return answer;
    },
    trace: () => ({ asked, digest: hash.copy().digest("hex") }),
  };
}

/** Whether the file system still answers so. */
export function holds(trace: Trace, root: string, files: FileSystem): boolean {
  const now = traced(root, files);
  for (const question of trace.asked) {
    const [verb, path] = [question.slice(0, 4), question.slice(5)];
    const full = path === "" ? root : `${root}/${path}`;
    if (verb === "list") now.list(full);
    else now.read(full);
  }
  return now.trace().digest === trace.digest;
}

/** Answers each question once, so that nothing is read twice in a run. */
export function remembering(files: FileSystem): FileSystem {
  const lists = new Map<string, ReturnType<FileSystem["list"]>>();
  const reads = new Map<string, ReturnType<FileSystem["read"]>>();
  return {
    list: (folder) => {
      if (!lists.has(folder)) lists.set(folder, files.list(folder));
      return lists.get(folder);
    },
    read: (path) => {
      const answer = reads.get(path) ?? files.read(path);
      reads.set(path, answer);
      return answer;
    },
  };
}

const below = (root: string, path: string): string => (path === root ? "" : path.slice(root.length + 1));
