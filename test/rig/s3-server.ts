// A real S3 server (s3rver) with one bucket, made cheap: one per test, on loopback, gone with the block. What it does not
// know of the service it stands for is added: it makes objects at once; it checks signatures and turns pages, both of which
// s3rver cannot do on this Node; it lists uploads in parts and gives them up; and where it is asked to it knows writes on a
// condition.

import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage, Server } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { listingXml } from "./s3-listing.ts";
import { signatureFault } from "./s3-signature.ts";
import { type Uploads, underWay } from "./s3-uploads.ts";
import { type WrittenStore, wholeObjects } from "./s3-whole.ts";

export interface S3Rig extends AsyncDisposable {
  readonly port: number;
  readonly connection: Readonly<Record<"endpoint" | "bucket" | "access-key" | "secret-key", string>>;
  /** `PUT a.txt`, in order; of a query its names: `POST a.txt?uploads`. */
  readonly requests: string[];
  /** Names of objects that were made on condition, each time. */
  readonly made: string[];
  /** Says of a request how it fails; undefined: it does not. Sees it before the server does. */
  failing: ((request: string, headers: IncomingMessage["headers"]) => Failing | undefined) | undefined;
  /** Body of an object, or undefined. */
  object(key: string): Promise<string | undefined>;
  bytes(key: string): Promise<Buffer | undefined>;
  put(key: string, body: string): Promise<void>;
  /** Names of all objects whose names begin so, sorted. */
  keys(prefix: string): Promise<readonly string[]>;
  /** In parts, under way or left behind, by their ids. */
  readonly uploads: Uploads;
  stop(): Promise<void>;
  /** On the same port. */
  start(): Promise<void>;
}

export type Failing =
  /** The service's own way to say it. */
  | { readonly status: number; readonly code?: string }
  /** It is done, and nobody hears of it. */
  | "done and cut"
  /** The same, after this has happened. */
  | { readonly afterwards: () => Promise<void> }
  /** Nothing is said. */
  | "silent";

export interface S3RigOptions {
  /** Knows `If-None-Match: *`, as Amazon's does since 2024. */
  readonly conditional?: boolean;
  /** Answers a request for a part with the whole. */
  readonly wholeOnly?: boolean;
  /** Objects on a page of a listing; 1,000 unless told. */
  readonly pageSize?: number;
  /** Keys in a listing are not encoded, as on servers that do not know `encoding-type`. */
  readonly plainKeys?: boolean;
}

export interface Context {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  req: Readable & Pick<IncomingMessage, "method" | "url" | "headers" | "socket">;
  readonly res: { once(event: "close", run: () => void): void };
  status: number;
  type: string;
  body: unknown;
}

export type Middleware = (context: Context, next: () => Promise<void>) => Promise<void>;

interface Store extends WrittenStore {
  existsObject(bucket: string, key: string): Promise<boolean>;
  listObjects(bucket: string, options: object): Promise<Listing>;
}

export interface Listing {
  readonly objects: readonly {
    readonly key: string;
    readonly lastModifiedDate: Date;
    readonly size: number;
    readonly metadata: { readonly etag: string };
  }[];
  readonly isTruncated: boolean;
}

interface S3Server {
  readonly middleware: Middleware[];
  readonly store: Store;
  run(): Promise<{ readonly port: number }>;
  readonly httpServer: Server;
}

const require = createRequire(import.meta.url);
/** It has no types of its own. */
const S3rver: new (options: object) => S3Server = require("s3rver");

const bucket = "raw";

/** Those that it is born with. */
const accessKey = "S3RVER";
const secretKey = "S3RVER";

export async function s3Server(options: S3RigOptions = {}): Promise<S3Rig> {
  const directory = await mkdtemp(join(tmpdir(), "vrsky-s3-"));
  const requests: string[] = [];
  const madeNames: string[] = [];
  const uploads: Uploads = new Map();
  const rig: Pick<S3Rig, "failing"> = { failing: undefined };
  let port = 0;
  let running: S3Server | undefined;

  const start = async (): Promise<void> => {
    const made = new S3rver({
      port,
      address: "127.0.0.1",
      silent: true,
      directory,
      configureBuckets: [{ name: bucket }],
    });
    wholeObjects(made.store);
    const own = [wholeBodies, watched(requests, rig), signed, paging(made, options), underWay(uploads)];
    if (options.conditional === true) own.push(conditional(made, madeNames));
    if (options.wholeOnly === true) own.push(wholeOnly);
    made.middleware.unshift(...own);
    ({ port } = await made.run());
    running = made;
  };
  const stop = async (): Promise<void> => {
    const stopping = running?.httpServer;
    running = undefined;
    if (stopping === undefined) return;
    const closed = new Promise<void>((resolve) => stopping.close(() => resolve()));
    stopping.closeAllConnections();
    await closed;
  };
  await start();
  const urlOf = (key: string): string =>
    `http://127.0.0.1:${port}/${bucket}/${key.split("/").map(encodeURIComponent).join("/")}`;
  return {
    port,
    connection: {
      endpoint: `http://127.0.0.1:${port}`,
      bucket,
      "access-key": accessKey,
      "secret-key": secretKey,
    },
    requests,
    made: madeNames,
    uploads,
    get failing() {
      return rig.failing;
    },
    set failing(failing) {
      rig.failing = failing;
    },
    // Requests without a signature are taken from the bucket's owner.
    object: async (key) => {
      const response = await fetch(urlOf(key));
      const body = await response.text();
      return response.status === 200 ? body : undefined;
    },
    bytes: async (key) => {
      const response = await fetch(urlOf(key));
      const body = Buffer.from(await response.arrayBuffer());
      return response.status === 200 ? body : undefined;
    },
    put: async (key, body) => {
      const response = await fetch(urlOf(key), { method: "PUT", body });
      if (!response.ok) throw new Error(`${key}: ${response.status}`);
    },
    keys: async (prefix) => {
      const listing = await running?.store.listObjects(bucket, { prefix, maxKeys: 1_000_000 });
      return (listing?.objects ?? []).map(({ key }) => key).sort();
    },
    stop,
    start,
    [Symbol.asyncDispose]: async () => {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

const keyOf = ({ path }: Context): string => decodeURIComponent(path.slice(bucket.length + 2));

function watched(requests: string[], rig: Pick<S3Rig, "failing">): Middleware {
  return async (context, next) => {
    // The rig's own look.
    if (context.req.headers.authorization === undefined) return await next();
    const names = Object.keys(context.query);
    const request = `${context.method} ${keyOf(context)}${names.length === 0 ? "" : `?${names.join("&")}`}`;
    requests.push(request);
    const failing = rig.failing?.(request, context.req.headers);
    if (failing === undefined) return await next();
    if (failing === "silent") return await new Promise<void>((closed) => context.res.once("close", closed));
    if (failing === "done and cut" || "afterwards" in failing) {
      await next();
      if (failing !== "done and cut") await failing.afterwards();
      context.req.socket.destroy();
      return;
    }
    fail(context, failing.status, failing.code);
  };
}

function fail(context: Context, status: number, code: string | undefined): void {
  context.status = status;
  context.type = "application/xml";
  context.body = code === undefined ? "" : `<?xml version="1.0"?>\n<Error><Code>${code}</Code></Error>`;
}

/** s3rver would store what has come of a body that breaks off, or is not what was signed; the service takes neither. */
const wholeBodies: Middleware = async (context, next) => {
  const { req } = context;
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of req) chunks.push(chunk);
  } catch {
    return;
  }
  const { method, url, headers, socket } = req;
  const signedHash = headers["x-amz-content-sha256"];
  const hash = createHash("sha256").update(Buffer.concat(chunks)).digest("hex");
  if (signedHash !== undefined && signedHash !== hash) return fail(context, 400, "XAmzContentSHA256Mismatch");
  context.req = Object.assign(Readable.from(chunks), { method, url, headers, socket });
  await next();
};

const signed: Middleware = async (context, next) => {
  const { authorization = `=${accessKey}/` } = context.req.headers;
  const fault = authorization.includes(`=${accessKey}/`)
    ? signatureFault(context.req, secretKey)
    : "InvalidAccessKeyId";
  if (fault === undefined) await next();
  else fail(context, 403, fault);
};

function paging({ store }: S3Server, { pageSize = 1_000, plainKeys = false }: S3RigOptions): Middleware {
  return async (context, next) => {
    const { query } = context;
    const name = context.path.replaceAll("/", "");
    if (query["list-type"] !== "2" || name !== bucket) return await next();
    const token = query["continuation-token"];
    const startAfter = token === undefined ? undefined : Buffer.from(token, "base64url").toString();
    const { delimiter, prefix } = query;
    const listing = await store.listObjects(name, { delimiter, prefix, startAfter, maxKeys: pageSize });
    context.type = "application/xml";
    context.body = listingXml(listing, plainKeys ? undefined : query["encoding-type"]);
  };
}

/** One write after the other, each with its look before. */
function conditional({ store }: S3Server, made: string[]): Middleware {
  let last: Promise<void> = Promise.resolve();
  return async (context, next) => {
    if (context.req.headers["if-none-match"] !== "*") return await next();
    const turn = last.then(async () => {
      if (await store.existsObject(bucket, keyOf(context))) fail(context, 412, "PreconditionFailed");
      else {
        await next();
        made.push(keyOf(context));
      }
    });
    last = turn.catch(() => undefined);
    await turn;
  };
}

const wholeOnly: Middleware = async (context, next) => {
  delete context.req.headers.range;
  await next();
};
