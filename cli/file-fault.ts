// What the file system refuses is no bug of ours: a file that may not be written, a disk that is full.

const reasons: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "the system does not permit it",
  EROFS: "the file system is read-only",
  ENOSPC: "there is no space left",
  EDQUOT: "the disk quota is used up",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is no folder",
  ENOENT: "there is no such file or folder",
};

/** In the words of a person; undefined: it is something else. */
export function fileFault(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return undefined;
  const reason = reasons[String(error.code)];
  if (reason === undefined) return undefined;
  return "path" in error ? `${String(error.path)}: ${reason}.` : `A file cannot be written: ${reason}.`;
}
