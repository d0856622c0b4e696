// One connection to an SFTP server, made when it is first needed and made again after it ended. Many requests share it;
// one that is not answered in time ends it, and with it all that wait.

import { connect as connectSocket, isIP, type Socket } from "node:net";
import ssh2, { type Client, type ConnectConfig, type SFTPWrapper } from "ssh2";
import type { Clock, Log } from "../../schema/connector.ts";
import { placeError } from "../file/place.ts";
import { lookupWithin, type Network, networkError } from "../network.ts";
import { notConnected, status, statusOf } from "./failure.ts";
import { hostKeys } from "./host-key.ts";
import type { SftpSettings } from "./settings.ts";

export interface SessionOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  /** Keys of servers whose fingerprint nobody gave, as they were first seen. */
  readonly believed: Map<string, string>;
}

type Done<T> = (error: Error | null | undefined, value: T) => void;

export interface Channel {
  /** Rejects with the server's status, or with a `placeError` when the connection ended. */
  ask<T = void>(request: (sftp: SFTPWrapper, done: Done<T>) => void): Promise<T>;
}

export interface Session {
  /** Connects when there is no connection. Rejects with a `placeError`. */
  channel(): Promise<Channel>;
  close(): Promise<void>;
}

export function openSession(settings: SftpSettings, options: SessionOptions): Session {
  const keys = hostKeys(settings, options.believed, options.log);
  let closed = false;
  let current: Promise<Line> | undefined;
  const forget = (line: Promise<Line>): void => {
    if (current === line) current = undefined;
  };
  return {
    channel: async () => {
      if (closed) throw placeError("disconnected", "it was closed");
      if (current === undefined) {
        const made: Promise<Line> = dial(settings, keys.refusal, options, () => forget(made));
        made.catch(() => forget(made));
        current = made;
      }
      return await current;
    },
    close: async () => {
      closed = true;
      const line = await current?.catch(() => undefined);
      await line?.end();
    },
  };
}

interface Line extends Channel {
  end(): Promise<void>;
}

async function dial(
  settings: SftpSettings,
  refusal: (key: Uint8Array) => string | undefined,
  { network, clock }: SessionOptions,
  ended: () => void,
): Promise<Line> {
  const client = new ssh2.Client();
  const waiting = new Set<(error: Error) => void>();
  let why: string | undefined;
  let socket: Socket | undefined;
  const lost = (error?: unknown): void => {
    const known = ["password", "key"].filter((name) => name in settings);
    why ??= notConnected(error, known);
    ended();
    client.destroy();
    socket?.destroy();
    const failure = placeError("disconnected", `SFTP: ${why}`);
    for (const reject of [...waiting]) reject(failure);
  };
  /** Ends with the connection at the latest. */
  const within = <T>(run: (done: Done<T>) => void): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const finish = (settle: () => void): void => {
        if (!waiting.delete(give)) return;
        cancel();
        settle();
      };
      const give = (error: Error): void => finish(() => reject(error));
      waiting.add(give);
      const cancel = clock.after(settings.timeout, () => {
        why ??= `the server did not answer within ${settings.timeout / 1000} s`;
        lost();
      });
      if (why !== undefined) return lost();
      try {
        run((error, value) => {
          if (!error) finish(() => resolve(value));
          else if (statusOf(error) !== undefined) give(error);
          else lost(error);
        });
      } catch (error) {
        // A request that this server has said nothing of.
        give(Object.assign(error instanceof Error ? error : new Error(), { code: status.unsupported }));
      }
    });

  client.on("error", lost).on("close", () => lost());
  client.on("keyboard-interactive", (_name, _text, _language, prompts, answer) =>
    answer(prompts.map(() => settings.password ?? "")),
  );
  socket = openSocket(settings, network);
  socket.on("error", lost);
  const config: ConnectConfig = {
    sock: socket,
    username: settings.user,
    ...(settings.password === undefined ? {} : { password: settings.password, tryKeyboard: true }),
    ...(settings.key === undefined ? {} : { privateKey: settings.key }),
    ...(settings.passphrase === undefined ? {} : { passphrase: settings.passphrase }),
    hostVerifier: (key: Buffer) => {
      const refused = refusal(key);
      why ??= refused;
      return refused === undefined;
    },
    readyTimeout: 0,
    keepaliveInterval: 10_000,
    keepaliveCountMax: 3,
  };
  try {
    await within<void>((done) => {
      client.once("ready", () => done(undefined));
      client.connect(config);
    });
    const sftp = await within<SFTPWrapper>((done) => {
      client.sftp((error, opened) => {
        if (error === undefined) return done(undefined, opened);
        why ??= "the server lets `user` in, and gives it no SFTP";
        lost();
      });
    });
    sftp.on("error", lost).on("close", () => lost());
    return {
      ask: (request) => within((done) => request(sftp, done)),
      end: () => goodbye(client, clock, lost),
    };
  } catch (error) {
    lost(error);
    throw error;
  }
}

/** A server that hears of it may tidy up; one that says nothing is not waited for. */
async function goodbye(client: Client, clock: Clock, lost: () => void): Promise<void> {
  const closed = new Promise<void>((resolve) => client.once("close", () => resolve()));
  client.end();
  const cancel = clock.after(1_000, lost);
  await closed;
  cancel();
}

function openSocket({ host, port }: SftpSettings, network: Network): Socket {
  // An address is not looked up, so it would pass by the lookup.
  const refusal = isIP(host) === 0 ? undefined : network.refusal(host);
  const socket = connectSocket({
    host,
    port,
    noDelay: true,
    keepAlive: true,
    lookup: lookupWithin(network),
  });
  if (refusal !== undefined) socket.destroy(networkError(refusal));
  return socket;
}
