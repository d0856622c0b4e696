// What s3rver stores, it stores bit by bit, under the name that everybody reads, and it answers before the last bit is in
// its file. The service it stands for makes an object at once: whoever looks sees all of it or none, and after the answer
// all. So an object's files come in one go here, between two looks.

import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface WrittenStore {
  getResourcePath(bucket: string, key: string | undefined, resource: string): string;
  getMetadata(bucket: string, key: string): Promise<object>;
  putObject(object: S3Object): Promise<Stored>;
  putPart(bucket: string, uploadId: string, partNumber: number, content: Content): Promise<Stored>;
  copyObject(bucket: string, key: string, toBucket: string, toKey: string, metadata: object | null): Promise<object>;
}

interface S3Object {
  readonly bucket: string;
  readonly key: string;
  readonly content: Content;
  readonly metadata: object;
}

type Content = AsyncIterable<Uint8Array> | Uint8Array;

interface Stored {
  readonly size: number;
  readonly md5: string;
}

export function wholeObjects(store: WrittenStore): void {
  const copyInPlace = store.copyObject.bind(store);
  const put = (bucket: string, key: string, bytes: Uint8Array, metadata: string): Stored => {
    const path = (resource: string): string => store.getResourcePath(bucket, key, resource);
    mkdirSync(dirname(path("object")), { recursive: true });
    writeFileSync(path("metadata.json"), metadata);
    return write(path("object"), bytes);
  };
  const own: Pick<WrittenStore, "putObject" | "putPart" | "copyObject"> = {
    putObject: async ({ bucket, key, content, metadata }) =>
      put(bucket, key, await bytesOf(content), JSON.stringify(kept(metadata))),
    putPart: async (bucket, uploadId, partNumber, content) => {
      const bytes = await bytesOf(content);
      return write(join(store.getResourcePath(bucket, undefined, "uploads"), uploadId, String(partNumber)), bytes);
    },
    copyObject: async (bucket, key, toBucket, toKey, metadata) => {
      if (bucket === toBucket && key === toKey) return await copyInPlace(bucket, key, toBucket, toKey, metadata);
      const path = (resource: string): string => store.getResourcePath(bucket, key, resource);
      const [bytes, text] = await Promise.all([readFile(path("object")), readFile(path("metadata.json"), "utf8")]);
      put(toBucket, toKey, bytes, metadata === null ? text : JSON.stringify(kept(metadata)));
      return await store.getMetadata(toBucket, toKey);
    },
  };
  Object.assign(store, own);
}

async function bytesOf(content: Content): Promise<Uint8Array> {
  if (content instanceof Uint8Array) return content;
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Of a request's headers, as the service does. */
const kept = (headers: object): object =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => /^content-(?!length)|^x-amz-meta-/.test(name)));

/** Whoever reads the file of before goes on reading that. */
function write(path: string, bytes: Uint8Array): Stored {
  const md5 = createHash("md5").update(bytes).digest("hex");
  writeFileSync(`${path}.new`, bytes);
  writeFileSync(`${path}.md5`, md5);
  renameSync(`${path}.new`, path);
  return { size: bytes.length, md5 };
}
