// A tenant's large contents as objects of a bucket, `<path>/<tenant>/<integration>/<name>`. What was begun in parts and
// never ended is paid for and cannot be read: it is listed for the sweep under a name with a `~`.

import { Readable } from "node:stream";
import type { Log, ObjectsContext, OpenObjects } from "../../schema/connector.ts";
import { contentError, contentFaultOf } from "../../schema/content.ts";
import { isJsonObject, type JsonObject } from "../../schema/json.ts";
import { placeFailureOf } from "../file/place.ts";
import type { Network } from "../network.ts";
import { objectSetting, textSetting } from "../setting.ts";
import { answerIn, broken } from "./failure.ts";
import { asList, decoded, eachOf } from "./list.ts";
import { openService, type Service } from "./service.ts";
import { readS3Settings } from "./settings.ts";
import { upload } from "./upload.ts";

/** Throws an Error that names the setting when one is wrong; connects when it is first used. */
export function openS3Objects(
  { tenant, integration, settings, clock, log }: ObjectsContext,
  network: Network,
): OpenObjects {
  const connection = objectSetting(settings, "connection");
  if (connection === undefined) throw new Error("`connection` is missing");
  const service = openService(readS3Settings(connection), { network, clock, log });
  const path = textSetting(settings, "path");
  const folder = `${path === undefined ? "" : `${path}/`}${tenant}/${integration}/`;
  return {
    put: async (name, bytes, signal) => {
      await told(signal, upload(service, Readable.from(bytes), { key: `${folder}${name}`, replace: true, signal }));
    },
    read: (name, signal) => read(service, `${folder}${name}`, signal),
    list: (signal) => listed(service, folder, log, signal),
    remove: (name) => told(undefined, remove(service, folder, name)),
    close: () => service.close(),
  };
}

async function* read(service: Service, key: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const doing = "reading an object";
  const { body } = await told(signal, service.ask({ doing, method: "GET", key, signal }));
  // One that nobody begins to read would hold the connection.
  const stop = (): void => void body.on("error", () => undefined).destroy();
  signal.addEventListener("abort", stop, { once: true });
  try {
    for await (const chunk of body) {
      const bytes: Uint8Array = chunk;
      yield bytes;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw translated(broken(doing, error));
  } finally {
    signal.removeEventListener("abort", stop);
    stop();
  }
  signal.throwIfAborted();
}

type Listed = { readonly name: string; readonly storedAt: number; readonly size: number };

async function* listed(service: Service, folder: string, log: Log, signal: AbortSignal): AsyncGenerator<Listed> {
  try {
    const query = { "list-type": "2", "encoding-type": "url", prefix: folder };
    for await (const { path, size, made } of eachOf(service, query, log)) {
      signal.throwIfAborted();
      // Of an unknown age is as good as new.
      if (made !== undefined) yield { name: path.slice(folder.length), size, storedAt: made };
    }
    for await (const { key, id, begun } of uploads(service, folder)) {
      signal.throwIfAborted();
      const last = await lastPart(service, key, id, begun);
      yield { name: `${unfinished}${id}${unfinished}${key.slice(folder.length)}`, size: last.size, storedAt: last.at };
    }
  } catch (error) {
    signal.throwIfAborted();
    throw translated(error);
  }
}

const unfinished = "~";

async function remove(service: Service, folder: string, name: string): Promise<void> {
  const [, id, rest] = name.startsWith(unfinished) ? name.split(unfinished) : [];
  const ask = { method: "DELETE", expected: [404] } as const;
  if (id === undefined) await service.tell({ ...ask, doing: "removing an object", key: `${folder}${name}` });
  else
    await service.tell({
      ...ask,
      doing: "giving an upload up",
      key: `${folder}${rest ?? ""}`,
      query: { uploadId: id },
    });
}

interface Begun {
  readonly key: string;
  readonly id: string;
  readonly begun: number;
}

/** Services that cannot list them have an end for them of their own, or should. */
const cannot = [404, 405, 501];

async function* uploads(service: Service, prefix: string): AsyncGenerator<Begun, undefined> {
  let marker: Readonly<Record<string, string>> = {};
  for (;;) {
    const query = { uploads: "", prefix, ...marker };
    const question = { doing: "listing uploads", method: "GET", query, expected: cannot } as const;
    const { document } = await service.askXml(question, "ListMultipartUploadsResult");
    for (const entry of asList(document.Upload)) {
      const begun = begunOf(entry);
      if (begun?.key.startsWith(prefix)) yield begun;
    }
    const { IsTruncated, NextKeyMarker: key, NextUploadIdMarker: id } = document;
    if (IsTruncated !== "true" || typeof key !== "string" || key === marker["key-marker"]) return;
    marker = { "key-marker": key, ...(typeof id === "string" ? { "upload-id-marker": id } : {}) };
  }
}

function begunOf(entry: unknown): Begun | undefined {
  if (!isJsonObject(entry)) return undefined;
  const { Key: key, UploadId: id, Initiated: at } = entry;
  const name = typeof key === "string" ? decoded(key) : undefined;
  // One whose age cannot be told may be under way.
  const begun = Date.parse(String(at));
  return name === undefined || typeof id !== "string" || Number.isNaN(begun) ? undefined : { key: name, id, begun };
}

/** What is still growing is not given up, however long ago it was begun. */
async function lastPart(service: Service, key: string, uploadId: string, begun: number) {
  let size = 0;
  let at = begun;
  for (let marker: string | undefined = "0"; marker !== undefined; ) {
    const query = { uploadId, "part-number-marker": marker };
    const question = { doing: "listing an upload", method: "GET", key, query, expected: cannot } as const;
    const { document }: { readonly document: JsonObject } = await service.askXml(question, "ListPartsResult");
    for (const part of asList(document.Part)) {
      if (!isJsonObject(part)) continue;
      size += Number(part.Size);
      at = Math.max(at, Date.parse(String(part.LastModified)) || 0);
    }
    const next: unknown = document.NextPartNumberMarker;
    marker = document.IsTruncated === "true" && typeof next === "string" && next !== marker ? next : undefined;
  }
  return { size, at };
}

/** In the words of an object store; who stopped it hears its own. */
async function told<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    signal?.throwIfAborted();
    throw translated(error);
  }
}

const full: ReadonlySet<unknown> = new Set(["QuotaExceeded", "XMinioAdminBucketQuotaExceeded", "XMinioStorageFull"]);

function translated(error: unknown): unknown {
  const failure = placeFailureOf(error);
  if (failure === undefined || contentFaultOf(error) !== undefined) return error;
  const { status, code } = answerIn(error) ?? {};
  if (code === "NoSuchKey" || (status === 404 && code === undefined)) return contentError("missing", failure.message);
  if (full.has(code) || status === 507) return contentError("full", failure.message);
  return contentError(code === "EntityTooLarge" ? "too-large" : "unavailable", failure.message);
}
