// What is done with the body of an answer: nothing by a target, read within bounds where a step asked.

import type { Dispatcher } from "undici";
import { isJsonObject } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { decodeText, readJson } from "../json-text.ts";

/** May throw what a broken connection throws. */
export type Take = (
  what: string,
  answer: Dispatcher.ResponseData,
  result: DeliveryResult,
  signal: AbortSignal,
) => Promise<DeliveryResult>;

/** An answer's body says nothing that we use; this much of it is read so that the connection can be used again. */
const unwanted = 128 * 1024;

/** Largest answer that a step takes. */
const largestAnswer = 4 * 1024 * 1024;

/** What is more is no answer of a token's issuer. */
const largestToken = 256 * 1024;

export const drain: Take = async (_what, { body }, result, signal) => {
  await body.dump({ limit: unwanted, signal }).catch(() => undefined);
  return result;
};

/** JSON, or text where the other side says that it is something else. */
export const takeAnswer: Take = async (what, answer, result, signal) => {
  if (result.kind !== "delivered") return await drain(what, answer, result, signal);
  const type = header(answer, "content-type") ?? "application/json";
  const encoding = header(answer, "content-encoding") ?? "identity";
  // None was asked for, and what is not unpacked cannot fill the memory.
  if (encoding !== "identity" && encoding !== "") {
    return await drain(
      what,
      answer,
      refusedAnswer(what, "answered with a compressed body, which it was not asked for"),
      signal,
    );
  }
  const bytes = await readWithin(answer, largestAnswer, signal);
  if (bytes === undefined) return refusedAnswer(what, `answered more than ${largestAnswer} bytes`);
  if (bytes.length === 0) return { ...result, answer: null };
  if (!/json/i.test(type)) {
    const text = decodeText(bytes);
    return text === undefined
      ? refusedAnswer(what, "answered something that is not UTF-8")
      : { ...result, answer: text };
  }
  const read = readJson(bytes);
  if (read.kind === "value") return { ...result, answer: read.value };
  return refusedAnswer(what, `answered JSON that cannot be read: ${read.message}`);
};

/** Of a token's issuer: its text, and of a refusal the code that RFC 6749 §5.2 gives it. */
export const takeToken: Take = async (_what, answer, result, signal) => {
  const bytes = await readWithin(answer, largestToken, signal);
  const text = bytes === undefined ? "" : Buffer.from(bytes).toString("utf8");
  if (result.kind === "delivered") return { ...result, answer: text };
  const read = readJson(Buffer.from(text));
  const code = read.kind === "value" && isJsonObject(read.value) ? read.value.error : undefined;
  if (typeof code !== "string" || !/^[a-z_]{1,40}$/.test(code)) return result;
  return { ...result, failure: { ...result.failure, message: `${result.failure.message} (${code})` } };
};

async function readWithin(
  { body }: Dispatcher.ResponseData,
  limit: number,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    // Whoever leaves the loop closes the connection.
    if (size > limit) return undefined;
    chunks.push(chunk);
  }
  signal.throwIfAborted();
  return Buffer.concat(chunks, size);
}

const refusedAnswer = (what: string, why: string): DeliveryResult => ({
  kind: "permanent",
  failure: { class: "invalid", message: `${what} ${why}` },
});

function header({ headers }: Dispatcher.ResponseData, name: string): string | undefined {
  const value = headers[name];
  return typeof value === "string" ? value : value?.[0];
}
