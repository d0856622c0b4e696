// Objects in a bucket as files. That nothing is overwritten is the service's doing where it knows `If-None-Match`; where
// it does not, a look before the write has to do. Objects do not grow: there is no `append`.

import { Readable } from "node:stream";
import type { JsonObject } from "../../schema/json.ts";
import type { Found, Place } from "../file/place.ts";
import { broken } from "./failure.ts";
import { encodedKey, keyOf } from "./key.ts";
import { foundOf, list } from "./list.ts";
import { openService, type Service, type ServiceOptions } from "./service.ts";
import { readS3Settings } from "./settings.ts";
import { unlessThere, upload } from "./upload.ts";

/** Throws an Error that names the setting when one is wrong; connects when it is first used. */
export function s3Place(connection: JsonObject, options: ServiceOptions): Place {
  const settings = readS3Settings(connection);
  const service = openService(settings, options);
  return {
    list: (pattern) => list(service, pattern, options.log),
    find: async (path) => await find(service, keyOf(path)),
    read: async (path, from = 0) => await read(service, keyOf(path), from),
    create: async (path, bytes, how) => await create(service, keyOf(path), bytes, how),
    move: async (from, to) => await move(service, settings.bucket, keyOf(from), keyOf(to)),
    remove: async (path) => await remove(service, keyOf(path)),
    close: () => service.close(),
  };
}

async function find(service: Service, key: string, signal?: AbortSignal): Promise<Found | undefined> {
  const answer = await service.tell({ doing: "looking at an object", method: "HEAD", key, signal, expected: [404] });
  if (answer.status === 404) return undefined;
  const size = Number(answer.header("content-length"));
  return foundOf(key, size, answer.header("last-modified") ?? "", answer.header("etag") ?? "");
}

/** "The range is not satisfiable": it begins at the end. */
const beyond = 416;

async function read(service: Service, key: string, from: number): Promise<Readable> {
  const headers = from === 0 ? {} : { range: `bytes=${from}-` };
  const { status, body } = await service.ask({
    doing: "reading an object",
    method: "GET",
    key,
    headers,
    expected: [beyond],
  });
  if (status === beyond) {
    await body.dump().catch(() => undefined);
    return Readable.from([]);
  }
  // A service may answer a question for a part with the whole.
  const stream = Readable.from(told(body, status === 206 ? 0 : from), { objectMode: false });
  // One that nobody begins to read would hold the connection.
  stream.once("close", () => body.on("error", () => undefined).destroy());
  return stream;
}

async function* told(body: Readable, skipped: number): AsyncGenerator<Buffer> {
  let left = skipped;
  try {
    for await (const chunk of body) {
      const bytes: Buffer = chunk;
      if (bytes.length > left) yield bytes.subarray(left);
      left = Math.max(0, left - bytes.length);
    }
  } catch (error) {
    throw broken("reading an object", error);
  }
}

async function create(
  service: Service,
  key: string,
  bytes: Readable | Uint8Array,
  { replace, signal }: { readonly replace: boolean; readonly signal?: AbortSignal },
): Promise<boolean> {
  if (!replace && (await find(service, key, signal)) !== undefined) return false;
  return await upload(service, bytes, { key, replace, ...(signal === undefined ? {} : { signal }) });
}

async function move(service: Service, bucket: string, from: string, to: string): Promise<boolean> {
  const [old, there] = await Promise.all([find(service, from), find(service, to)]);
  if (there !== undefined && old === undefined) return true;
  if (there !== undefined && old !== undefined && !same(old, there)) return false;
  if (there === undefined && !(await copy(service, bucket, from, to))) return false;
  await remove(service, from);
  return true;
}

/** A copy that was made before its answer was lost has the same bytes. */
const same = (one: Found, other: Found): boolean => one.size === other.size && tagOf(one) === tagOf(other);

const tagOf = ({ version }: Found): string => version.slice(version.indexOf(":") + 1);

async function copy(service: Service, bucket: string, from: string, to: string): Promise<boolean> {
  const source = `/${bucket}/${encodedKey(from)}`;
  return await unlessThere(false, async ({ headers, expected = [] }) => {
    const question = { doing: "copying an object", method: "PUT", key: to, expected } as const;
    const asked = { ...question, headers: { ...headers, "x-amz-copy-source": source } };
    return (await service.askXml(asked, "CopyObjectResult")).status;
  });
}

async function remove(service: Service, key: string): Promise<void> {
  await service.tell({ doing: "removing an object", method: "DELETE", key, expected: [404] });
}
