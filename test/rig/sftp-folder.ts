// What an SFTP session does with a folder: the server's side of version 3, over ssh2's reading and writing of packets.

import { constants, type Stats } from "node:fs";
import { type FileHandle, link, lstat, mkdir, open, readdir, rename, rmdir, stat, unlink } from "node:fs/promises";
import { join, posix } from "node:path";
import ssh2, { type Attributes, type FileEntry, type SFTPWrapper } from "ssh2";

export interface Served {
  readonly requests: string[];
  readonly listed: readonly FileEntry[];
  readonly rig: {
    readonly silent: string | undefined;
    readonly failing: string | undefined;
    readonly afterwards: ((request: string) => Promise<void>) | undefined;
  };
  readonly namesOnly: boolean;
}

const codes = ssh2.utils.sftp.STATUS_CODE;
const modes = ssh2.utils.sftp.OPEN_MODE;
const extensions = ["posix-rename@openssh.com", "hardlink@openssh.com", "fsync@openssh.com"];

/** ssh2's own answer to a client's greeting offers nothing: the first packet is exchanged for one that does. */
export function offerExtensions(sftp: SFTPWrapper): void {
  const protocol: { channelData(id: number, data: Buffer): void } = Reflect.get(sftp, "_protocol");
  const send = protocol.channelData.bind(protocol);
  let first = true;
  protocol.channelData = (id, data) => {
    send(id, first ? greeting() : data);
    first = false;
  };
}

function greeting(): Buffer {
  const version = 2;
  const body = Buffer.concat([
    Buffer.from([version]),
    number(3),
    ...extensions.flatMap((name) => [text(name), text("1")]),
  ]);
  return Buffer.concat([number(body.length), body]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const text = (value: string): Buffer => Buffer.concat([number(Buffer.byteLength(value)), Buffer.from(value)]);

function* texts(data: Buffer): Generator<string> {
  for (let at = 0; at < data.length; ) {
    const length = data.readUInt32BE(at);
    yield data.subarray(at + 4, at + 4 + length).toString("utf8");
    at += 4 + length;
  }
}

type Opened =
  | { readonly kind: "file"; readonly file: FileHandle; readonly append: boolean; last: Promise<unknown> }
  | { readonly kind: "folder"; readonly entries: FileEntry[] };

export function serveFolder(sftp: SFTPWrapper, root: string, { requests, listed, rig, namesOnly }: Served): void {
  const opened = new Map<string, Opened>();
  let handles = 0;
  const at = (path: string): string => join(root, posix.normalize(`/${path}`));
  const answer = (id: number, name: string, run: () => Promise<void>): void => {
    requests.push(name);
    if (rig.silent === name) return;
    if (rig.failing === name) sftp.status(id, codes.FAILURE);
    else run().catch((error: unknown) => sftp.status(id, codeOf(error)));
  };
  const done = async (id: number, name: string, work: Promise<unknown>): Promise<void> => {
    await work;
    await rig.afterwards?.(name);
    sftp.status(id, codes.OK);
  };
  const keep = (id: number, made: Opened): void => {
    handles += 1;
    opened.set(String(handles), made);
    sftp.handle(id, Buffer.from(String(handles)));
  };
  const fileOf = (handle: Buffer): Opened & { kind: "file" } => {
    const found = opened.get(handle.toString());
    if (found?.kind !== "file") throw Object.assign(new Error(), { code: "EBADF" });
    return found;
  };
  const close = async (handle: Buffer): Promise<void> => {
    const found = opened.get(handle.toString());
    opened.delete(handle.toString());
    if (found?.kind === "file") await found.file.close();
  };
  sftp.on("error", () => undefined);
  sftp.on("close", () => {
    for (const one of opened.values()) if (one.kind === "file") void one.file.close();
  });
  sftp.on("OPEN", (id, path, flags) =>
    answer(id, "OPEN", async () =>
      keep(id, {
        kind: "file",
        file: await open(at(path), flagsOf(flags)),
        append: (flags & modes.APPEND) !== 0,
        last: Promise.resolve(),
      }),
    ),
  );
  sftp.on("READ", (id, handle, offset, length) =>
    answer(id, "READ", async () => {
      const { bytesRead, buffer } = await fileOf(handle).file.read(Buffer.alloc(length), 0, length, offset);
      if (bytesRead === 0) sftp.status(id, codes.EOF);
      else sftp.data(id, buffer.subarray(0, bytesRead));
    }),
  );
  sftp.on("WRITE", (id, handle, offset, data) =>
    answer(id, "WRITE", async () => {
      const file = fileOf(handle);
      const write = file.last.then(() => file.file.write(data, 0, data.length, file.append ? null : offset));
      file.last = write.catch(() => undefined);
      await done(id, "WRITE", write);
    }),
  );
  sftp.on("CLOSE", (id, handle) => answer(id, "CLOSE", () => done(id, "CLOSE", close(handle))));
  sftp.on("FSTAT", (id, handle) =>
    answer(id, "FSTAT", async () => sftp.attrs(id, attributesOf(await fileOf(handle).file.stat()))),
  );
  sftp.on("FSETSTAT", (id, handle, { size }) =>
    answer(id, "FSETSTAT", () => done(id, "FSETSTAT", fileOf(handle).file.truncate(size))),
  );
  sftp.on("STAT", (id, path) => answer(id, "STAT", async () => sftp.attrs(id, attributesOf(await stat(at(path))))));
  sftp.on("LSTAT", (id, path) => answer(id, "LSTAT", async () => sftp.attrs(id, attributesOf(await lstat(at(path))))));
  sftp.on("REMOVE", (id, path) => answer(id, "REMOVE", () => done(id, "REMOVE", unlink(at(path)))));
  sftp.on("MKDIR", (id, path) => answer(id, "MKDIR", () => done(id, "MKDIR", mkdir(at(path)))));
  sftp.on("RMDIR", (id, path) => answer(id, "RMDIR", () => done(id, "RMDIR", rmdir(at(path)))));
  sftp.on("RENAME", (id, from, to) =>
    answer(id, "RENAME", () =>
      done(
        id,
        "RENAME",
        link(at(from), at(to)).then(() => unlink(at(from))),
      ),
    ),
  );
  sftp.on("OPENDIR", (id, path) =>
    answer(id, "OPENDIR", async () =>
      keep(id, { kind: "folder", entries: [...listed, ...(await entriesOf(at(path)))] }),
    ),
  );
  sftp.on("READDIR", (id, handle) =>
    answer(id, "READDIR", async () => {
      const found = opened.get(handle.toString());
      const some = found?.kind === "folder" ? found.entries.splice(0, 100) : [];
      if (some.length === 0) return sftp.status(id, codes.EOF);
      sftp.name(id, namesOnly ? some.map((entry) => ({ ...entry, attrs: noAttributes })) : some);
    }),
  );
  sftp.on("EXTENDED", (id, name, data) =>
    answer(id, name, async () => {
      const [one = "", other = ""] = name.startsWith("fsync") ? [] : texts(data);
      if (name === "fsync@openssh.com") return await done(id, name, fileOf(data.subarray(4)).file.datasync());
      if (name === "posix-rename@openssh.com") return await done(id, name, rename(at(one), at(other)));
      if (name === "hardlink@openssh.com") return await done(id, name, link(at(one), at(other)));
      sftp.status(id, codes.OP_UNSUPPORTED);
    }),
  );
}

const noAttributes = Object.create(null);

async function entriesOf(folder: string): Promise<FileEntry[]> {
  const names = await readdir(folder);
  return await Promise.all(
    [".", "..", ...names].map(async (filename) => ({
      filename,
      longname: filename,
      attrs: attributesOf(await lstat(join(folder, filename))),
    })),
  );
}

const attributesOf = ({ mode, uid, gid, size, atimeMs, mtimeMs }: Stats): Attributes => ({
  mode,
  uid,
  gid,
  size,
  atime: Math.floor(atimeMs / 1000),
  mtime: Math.floor(mtimeMs / 1000),
});

function flagsOf(flags: number): number {
  const both = (flags & modes.READ) !== 0 && (flags & modes.WRITE) !== 0;
  return (
    (both ? constants.O_RDWR : (flags & modes.WRITE) === 0 ? constants.O_RDONLY : constants.O_WRONLY) |
    ((flags & modes.APPEND) === 0 ? 0 : constants.O_APPEND) |
    ((flags & modes.CREAT) === 0 ? 0 : constants.O_CREAT) |
    ((flags & modes.TRUNC) === 0 ? 0 : constants.O_TRUNC) |
    ((flags & modes.EXCL) === 0 ? 0 : constants.O_EXCL)
  );
}

/** As OpenSSH's server answers: whatever has no code of its own is a failure. */
function codeOf(error: unknown): number {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") return codes.NO_SUCH_FILE;
  return code === "EACCES" || code === "EPERM" ? codes.PERMISSION_DENIED : codes.FAILURE;
}
