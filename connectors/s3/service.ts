// Signed requests to one bucket, path style. An answer that is no success becomes a `placeError`, so that whoever asks
// sees what it asked for or nothing; nothing is asked twice here.

import { createHash } from "node:crypto";
import { AwsV4Signer } from "aws4fetch";
import { Agent, type Dispatcher } from "undici";
import type { Clock, Log } from "../../schema/connector.ts";
import { isJsonObject, type JsonObject } from "../../schema/json.ts";
import { placeFailureOf } from "../file/place.ts";
import { guardedConnect } from "../guarded-connect.ts";
import type { Network } from "../network.ts";
import { decodeXml } from "../xml-text.ts";
import { answered, broken } from "./failure.ts";
import { encodedKey } from "./key.ts";
import type { S3Settings } from "./settings.ts";

export interface ServiceOptions {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Question {
  /** For the error. */
  readonly doing: string;
  readonly method: "GET" | "HEAD" | "PUT" | "POST" | "DELETE";
  /** None: the bucket itself. */
  readonly key?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly signal?: AbortSignal | undefined;
  /** Statuses beside success that are an answer. */
  readonly expected?: readonly number[];
}

export interface Answer {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: Dispatcher.ResponseData["body"];
}

export interface Service {
  /** Who takes the answer reads or dumps its body. */
  ask(question: Question): Promise<Answer>;
  /**
   * Root element of the answer's document, empty where the status is one of those expected. A 200 whose document is an
   * error is an error.
   */
  askXml(question: Question, root: string): Promise<{ readonly status: number; readonly document: JsonObject }>;
  /** Its body, if any, is of no interest. */
  tell(question: Question): Promise<Answer>;
  close(): Promise<void>;
}

/** A listing of a thousand names of full length fits. */
const largestXml = 8 * 1024 * 1024;

/** Bytes a second below which a connection counts as stuck. */
const slowest = 64 * 1024;

export function openService(settings: S3Settings, { network, clock }: ServiceOptions): Service {
  const agent = new Agent({
    connect: guardedConnect(network, { timeout: Math.min(settings.timeout, 10_000) }),
    connections: 64,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    headersTimeout: settings.timeout,
    bodyTimeout: settings.timeout,
    maxHeaderSize: 32 * 1024,
  });
  const cache = new Map<string, ArrayBuffer>();
  const { url, region, accessKey, secretKey, sessionToken } = settings;

  const sign = async ({ method, key, query, headers, body }: Question): Promise<readonly [string, Headers]> => {
    const asked = new URL(url);
    if (key !== undefined) asked.pathname = `${url.pathname}/${encodedKey(key)}`;
    for (const [name, value] of Object.entries(query ?? {})) asked.searchParams.set(name, value);
    // A blank is %20 in what is signed and must be that in what is sent.
    asked.search = asked.search.replaceAll("+", "%20");
    const hash = createHash("sha256")
      .update(body ?? "")
      .digest("hex");
    const signer = new AwsV4Signer({
      method,
      url: asked.href,
      headers: { ...headers, "x-amz-content-sha256": hash },
      accessKeyId: accessKey,
      secretAccessKey: secretKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      service: "s3",
      region,
      cache,
      datetime: new Date(clock.now()).toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
    });
    const signed = await signer.sign();
    return [`${asked.pathname}${asked.search}`, signed.headers];
  };
  const ask = async (question: Question): Promise<Answer> => {
    const { doing, method, body, signal, expected = [] } = question;
    const [path, headers] = await sign(question);
    signal?.throwIfAborted();
    const stuck = new AbortController();
    const patience = settings.timeout + ((body?.length ?? 0) / slowest) * 1000;
    const cancel = clock.after(patience, () =>
      stuck.abort(Object.assign(new Error(), { code: "UND_ERR_HEADERS_TIMEOUT" })),
    );
    const stop = (): void => stuck.abort(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      const response = await agent.request({
        origin: url.origin,
        path,
        method,
        headers: Object.fromEntries(headers),
        body: body ?? null,
        signal: stuck.signal,
      });
      const { statusCode: status } = response;
      if ((status >= 200 && status < 300) || expected.includes(status)) return answerOf(response);
      throw answered(doing, status, codeIn(await textOf(response.body).catch(() => "")));
    } catch (error) {
      signal?.throwIfAborted();
      throw placeFailureOf(error) === undefined ? broken(doing, error) : error;
    } finally {
      cancel();
      signal?.removeEventListener("abort", stop);
    }
  };
  const tell: Service["tell"] = async (question) => {
    const answer = await ask(question);
    await answer.body.dump().catch(() => undefined);
    return answer;
  };
  return {
    ask,
    tell,
    askXml: async (question, root) => {
      const { status, body } = await ask(question);
      const text = await textOf(body).catch((error: unknown) => {
        throw broken(question.doing, error);
      });
      if (question.expected?.includes(status) === true) return { status, document: {} };
      const document = elementIn(text, root);
      if (document !== undefined) return { status, document };
      throw answered(question.doing, 502, codeIn(text));
    },
    close: () => agent.destroy(),
  };
}

const answerOf = ({ statusCode, headers, body }: Dispatcher.ResponseData): Answer => ({
  status: statusCode,
  header: (name) => {
    const value = headers[name];
    return typeof value === "string" ? value : value?.[0];
  },
  body,
});

async function textOf(body: Answer["body"]): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > largestXml) {
      body.destroy();
      throw new Error("larger than any answer");
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function elementIn(text: string, root: string): JsonObject | undefined {
  // A long operation keeps its connection open by blanks.
  const decoded = decodeXml(text.trim());
  if (decoded.kind === "invalid" || !isJsonObject(decoded.value)) return undefined;
  const element = decoded.value[root];
  return isJsonObject(element) ? element : undefined;
}

function codeIn(text: string): string | undefined {
  const code = elementIn(text, "Error")?.Code;
  return typeof code === "string" ? code : undefined;
}
