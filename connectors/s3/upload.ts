// New objects: what is small in one request, what has no known end in parts, which become an object all at once or are
// given up. A service makes an object whole or not at all.

import type { Readable } from "node:stream";
import { placeError } from "../file/place.ts";
import type { Question, Service } from "./service.ts";

export interface Upload {
  readonly key: string;
  readonly replace: boolean;
  readonly signal?: AbortSignal;
}

const mebibyte = 1024 * 1024;

/** At least 5 MiB, and at most 10,000 of them: after a thousand they grow. */
const partSize = (number: number): number => (number <= 1_000 ? 8 : 64) * mebibyte;
const mostParts = 10_000;

/** False: something has the name, and `replace` is false. */
export async function upload(service: Service, bytes: Readable | Uint8Array, what: Upload): Promise<boolean> {
  if (bytes instanceof Uint8Array) return await put(service, bytes, what);
  const parts = inParts(bytes);
  try {
    const first = await parts.next();
    if (first.done === true) return await put(service, new Uint8Array(0), what);
    if (first.value.length < partSize(1)) return await put(service, first.value, what);
    return await inSeveral(service, first.value, parts, what);
  } finally {
    bytes.destroy();
  }
}

async function put(service: Service, body: Uint8Array, { key, replace, signal }: Upload): Promise<boolean> {
  const question = { doing: "writing an object", method: "PUT", key, body, signal } as const;
  return await unlessThere(replace, async (more) => (await service.tell({ ...question, ...more })).status);
}

type Condition = Pick<Question, "headers" | "expected">;

const notImplemented = 501;
const preconditionFailed = 412;

/** Asks with the condition that nothing has the name; without it, where the service knows no such condition. */
export async function unlessThere(replace: boolean, ask: (more: Condition) => Promise<number>): Promise<boolean> {
  if (!replace) {
    const expected = [preconditionFailed, notImplemented];
    const status = await ask({ headers: { "if-none-match": "*" }, expected });
    if (status !== notImplemented) return status !== preconditionFailed;
  }
  await ask({});
  return true;
}

/** Each as long as the service wants it; only the last may be shorter. */
async function* inParts(bytes: Readable): AsyncGenerator<Buffer, undefined> {
  let held: Buffer[] = [];
  let size = 0;
  let number = 1;
  for await (const chunk of bytes) {
    let rest = Buffer.from(chunk);
    while (size + rest.length >= partSize(number)) {
      const end = partSize(number) - size;
      yield Buffer.concat([...held, rest.subarray(0, end)]);
      rest = rest.subarray(end);
      held = [];
      size = 0;
      number += 1;
    }
    if (rest.length > 0) held.push(rest);
    size += rest.length;
  }
  if (size > 0) yield Buffer.concat(held);
}

async function inSeveral(
  service: Service,
  first: Buffer,
  rest: AsyncGenerator<Buffer, undefined>,
  what: Upload,
): Promise<boolean> {
  const { key, signal } = what;
  const doing = "writing an object in parts";
  const ask: Pick<Question, "doing" | "key" | "signal"> = { doing, key, signal };
  const beginning = { ...ask, method: "POST", query: { uploads: "" } } as const;
  const begun = await service.askXml(beginning, "InitiateMultipartUploadResult");
  const uploadId = begun.document.UploadId;
  if (typeof uploadId !== "string") throw placeError("unavailable", `S3, ${doing}: the service began none`);
  try {
    const tags: string[] = [];
    const send = async (body: Buffer): Promise<void> => {
      if (tags.length === mostParts) throw placeError("rejected", "the file is larger than the service takes");
      const query = { partNumber: String(tags.length + 1), uploadId };
      const answer = await service.tell({ ...ask, method: "PUT", query, body });
      tags.push(answer.header("etag") ?? "");
    };
    await send(first);
    for await (const part of rest) await send(part);
    return await complete(service, uploadId, tags, what);
  } catch (error) {
    await giveUp(service, key, uploadId);
    throw error;
  }
}

async function complete(service: Service, uploadId: string, tags: readonly string[], what: Upload): Promise<boolean> {
  const { key, replace, signal } = what;
  const parts = tags.map(
    (tag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escaped(tag)}</ETag></Part>`,
  );
  const body = Buffer.from(`<CompleteMultipartUpload>${parts.join("")}</CompleteMultipartUpload>`);
  const question = {
    doing: "ending an upload in parts",
    method: "POST",
    key,
    query: { uploadId },
    body,
    signal,
  } as const;
  const made = await unlessThere(replace, async (more) => {
    return (await service.askXml({ ...question, ...more }, "CompleteMultipartUploadResult")).status;
  });
  if (!made) await giveUp(service, key, uploadId);
  return made;
}

/** Parts of an upload that nobody ends are stored, and paid for. */
async function giveUp(service: Service, key: string, uploadId: string): Promise<void> {
  const question = { doing: "giving an upload up", method: "DELETE", key, query: { uploadId } } as const;
  await service.tell({ ...question, expected: [404] }).catch(() => undefined);
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
