// A nats-server of our own on loopback, for `vrsky dev`, demos and tests: durable files in a directory, credentials
// that stay the same across restarts, gone when its parent is.

import { constants } from "node:fs";
import { access, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { type Exit, lockedFailure, type ServerChild, spawnServer } from "./child.ts";
import {
  type AccountsConfig,
  accountsConfig,
  type CredentialStore,
  type Credentials,
  credentialsFor,
  parseCredentials,
  serverConfig,
} from "./config.ts";
import { serverFailure } from "./failure.ts";
import { runningIn } from "./process-command.ts";

export interface EmbedOptions {
  readonly binary: string;
  /** Holds configuration, credentials and messages; made when absent. */
  readonly dir: string;
  /** Without it the system chooses one, which restarts keep. */
  readonly port?: number;
  readonly accounts: readonly string[] | AccountsConfig;
  /** False trades the last two minutes on power loss for speed; for throw-away data only. */
  readonly syncAlways?: boolean;
  readonly say?: (line: string) => void;
}

export interface EmbeddedServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  /** Of the present process; another one after `restart`. */
  readonly pid: number;
  /** The unrestricted user of each account. */
  readonly credentials: Readonly<Record<string, Credentials>>;
  /** Restricted users by name. */
  readonly users: Readonly<Record<string, Credentials>>;
  readonly systemCredentials: Credentials;
  /** The end of the present process. */
  readonly exited: Promise<Exit>;
  stop(): Promise<void>;
  /** Sends a signal and returns; await `exited` where the signal ends the process. */
  kill(signal: NodeJS.Signals): void;
  /** Ends the process if it still runs and starts it on the same port and files. */
  restart(): Promise<void>;
  /** Puts other accounts and users into effect without disturbing connections that stay allowed. */
  reload(accounts: readonly string[] | AccountsConfig): Promise<void>;
}

/** Resolves when the server takes connections. Throws a ServerFailure with one line for the user. */
export async function startNatsServer(options: EmbedOptions): Promise<EmbeddedServer> {
  const dir = resolve(options.dir);
  const syncAlways = options.syncAlways ?? true;
  const paths = {
    config: join(dir, "nats-server.conf"),
    credentials: join(dir, "credentials.json"),
    pid: join(dir, "nats-server.pid"),
  };
  let accounts = accountsConfig(options.accounts);

  const configure = async (port: number, known: CredentialStore | undefined): Promise<CredentialStore> => {
    const credentials = credentialsFor(accounts, known);
    await writePrivate(paths.credentials, `${JSON.stringify(credentials, null, 2)}\n`);
    await writePrivate(paths.config, serverConfig({ dir, port, syncAlways, accounts, credentials }));
    return credentials;
  };
  const start = async (): Promise<ServerChild> => {
    await unlock(paths.pid, paths.config, dir);
    return spawnServer({ binary: options.binary, dir, configPath: paths.config, pidPath: paths.pid });
  };

  await prepare(dir);
  await unlock(paths.pid, paths.config, dir);
  let credentials = await configure(options.port ?? -1, await readCredentials(paths.credentials));
  let child = await start();
  const { port } = child;
  options.say?.(`nats-server listens on 127.0.0.1:${port}, files in ${dir}`);

  const stop = (): Promise<void> => child.stop();
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid;
    },
    get credentials() {
      return credentials.accounts;
    },
    get users() {
      return credentials.users;
    },
    systemCredentials: credentials.system,
    get exited() {
      return child.exited;
    },
    stop,
    kill: (signal) => child.kill(signal),
    restart: async () => {
      await stop();
      credentials = await configure(port, credentials);
      child = await start();
    },
    reload: async (wanted) => {
      accounts = accountsConfig(wanted);
      credentials = await configure(port, credentials);
      const answer = child.logged(/Reloaded server configuration|Failed to reload/);
      child.kill("SIGHUP");
      const line = await answer;
      if (line === undefined || line.includes("Failed")) {
        throw serverFailure(
          "reload-refused",
          `nats-server did not take the new accounts: ${line?.replace(/^.*\] /, "") ?? "it has ended"}`,
          "restart it",
        );
      }
    },
    [Symbol.asyncDispose]: stop,
  };
}

const patienceMs = 1_000;

async function prepare(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true, mode: 0o700 });
    await access(dir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw serverFailure(
      "unwritable",
      `${dir} cannot be written (${reason})`,
      "make it writable or use another directory",
    );
  }
}

/** Refuses when a server runs in the directory; removes what one that was killed has left. */
async function unlock(pidPath: string, configPath: string, dir: string): Promise<void> {
  const pid = Number(await readFile(pidPath, "utf8").catch(() => ""));
  // One whose parent has just been killed is about to end.
  const patience = Date.now() + patienceMs;
  while (pid > 0 && (await runningIn(pid, configPath))) {
    if (Date.now() > patience) throw lockedFailure(dir);
    await setTimeout(20);
  }
  await rm(pidPath, { force: true });
}

async function readCredentials(path: string): Promise<CredentialStore | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const known = parseCredentials(text);
  if (known === undefined)
    throw serverFailure("died", `${path} is damaged`, "remove it: new credentials are made then");
  return known;
}

/** Whole or not at all, readable by its owner only. */
async function writePrivate(path: string, content: string): Promise<void> {
  const whole = `${path}.${process.pid}.tmp`;
  await writeFile(whole, content, { mode: 0o600 });
  await rename(whole, path);
}
