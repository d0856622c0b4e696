// A real SSH server that serves a folder by SFTP, made cheap: one per test, on loopback, gone with the block. It behaves
// as OpenSSH's does where that matters: a rename finds the name free or fails, what is appended goes to the end.

import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2, { type Connection, type FileEntry, type ParsedKey, type Server } from "ssh2";

import { offerExtensions, serveFolder } from "./sftp-folder.ts";

export interface SftpRig extends AsyncDisposable {
  readonly port: number;
  /** The folder that it serves as `/`, which is where a user begins. */
  readonly root: string;
  /** Of its own key, as a connection's `fingerprint` wants it. */
  readonly fingerprint: string;
  /** A connection of the user who has a password. */
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
  };
  /** Private key of the user of the same name. */
  readonly key: string;
  /** Requests that it was sent, by name, in order. */
  readonly requests: string[];
  /** How many connections it was asked for. */
  readonly connections: number;
  /** From now on names that a listing of each folder holds besides what is there. */
  readonly listed: FileEntry[];
  /** Requests of this name are not answered from now on; undefined: all are. */
  silent: string | undefined;
  /** Requests of this name fail. */
  failing: string | undefined;
  /** Comes between what a request asks for and its answer. */
  afterwards: ((request: string) => Promise<void>) | undefined;
  stop(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
}

export interface SftpRigOptions {
  /** A folder that is there, and stays; its own unless told. */
  readonly root?: string;
  /** Offers what OpenSSH offers beyond version 3: posix-rename, hardlink, fsync. */
  readonly extensions?: boolean;
  /** Asks for the password by a prompt only, as servers with PAM do. */
  readonly prompts?: boolean;
  /** Lets users in, and does nothing for them. */
  readonly noFiles?: boolean;
  /** Listings hold names only. */
  readonly namesOnly?: boolean;
}

const user = "acme";
const password = "a-password";

export async function sftpServer(options: SftpRigOptions = {}): Promise<SftpRig> {
  const root = options.root ?? (await mkdtemp(join(tmpdir(), "vrsky-sftp-")));
  const hostKey = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const userKey = ssh2.utils.generateKeyPairSync("ecdsa", { bits: 256 });
  const known = only(ssh2.utils.parseKey(userKey.public));
  const clients = new Set<Connection>();
  const requests: string[] = [];
  const listed: FileEntry[] = [];
  let server: Server | undefined;
  let port = 0;
  let connections = 0;
  const rig: Pick<SftpRig, "silent" | "failing" | "afterwards"> = {
    silent: undefined,
    failing: undefined,
    afterwards: undefined,
  };

  const welcome = (client: Connection): void => {
    connections += 1;
    clients.add(client);
    client.on("error", () => undefined).on("close", () => clients.delete(client));
    client.on("authentication", (asked) => {
      if (asked.username !== user) return asked.reject();
      if (asked.method === "password" && options.prompts !== true && asked.password === password) return asked.accept();
      if (asked.method === "keyboard-interactive" && options.prompts === true) {
        return asked.prompt([{ prompt: "Password: ", echo: false }], (answers) =>
          answers[0] === password ? asked.accept() : asked.reject(),
        );
      }
      if (asked.method === "publickey" && asked.key.data.equals(known.getPublicSSH())) {
        if (asked.signature === undefined || asked.blob === undefined) return asked.accept();
        return known.verify(asked.blob, asked.signature, asked.hashAlgo) === true ? asked.accept() : asked.reject();
      }
      return asked.reject(options.prompts === true ? ["keyboard-interactive"] : ["password", "publickey"]);
    });
    client.on("session", (accept) => {
      const session = accept();
      if (options.noFiles === true) return;
      session.on("sftp", (acceptSftp) => {
        const sftp = acceptSftp();
        if (options.extensions === true) offerExtensions(sftp);
        serveFolder(sftp, root, { requests, listed, rig, namesOnly: options.namesOnly === true });
      });
    });
  };
  const start = async (): Promise<void> => {
    const made = new ssh2.Server({ hostKeys: [hostKey.private] }, welcome);
    server = made;
    await new Promise<void>((listening) => made.listen(port, "127.0.0.1", listening));
    const address = made.address();
    port = typeof address === "object" && address !== null ? address.port : 0;
  };
  const stop = async (): Promise<void> => {
    const stopping = server;
    server = undefined;
    if (stopping === undefined) return;
    const closed = new Promise<void>((resolve) => stopping.close(() => resolve()));
    for (const client of clients) client.end();
    for (const client of clients) Reflect.get(client, "_sock")?.destroy();
    await closed;
  };
  await start();
  return {
    port,
    root,
    fingerprint: fingerprintOf(hostKey.public),
    connection: { host: "127.0.0.1", port, user, password },
    key: userKey.private,
    requests,
    get connections() {
      return connections;
    },
    listed,
    get silent() {
      return rig.silent;
    },
    set silent(name) {
      rig.silent = name;
    },
    get failing() {
      return rig.failing;
    },
    set failing(name) {
      rig.failing = name;
    },
    get afterwards() {
      return rig.afterwards;
    },
    set afterwards(run) {
      rig.afterwards = run;
    },
    stop,
    start,
    [Symbol.asyncDispose]: async () => {
      await stop();
      if (options.root === undefined) await rm(root, { recursive: true, force: true });
    },
  };
}

function only(key: ParsedKey | Error): ParsedKey {
  if (key instanceof Error) throw key;
  return key;
}

function fingerprintOf(publicKey: string): string {
  const hash = createHash("sha256").update(only(ssh2.utils.parseKey(publicKey)).getPublicSSH());
  return `SHA256:${hash.digest("base64").replace(/=+$/, "")}`;
}
