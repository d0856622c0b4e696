// A webhook: prove who sends, read, hand over, and answer only when the message is safe.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Accepted, Incoming, RunningSource, SourceContext } from "../../schema/connector.ts";
import { mostChunkedBytes } from "../../schema/content.ts";
import { isJsonObject, type JsonSchema } from "../../schema/json.ts";
import { traceContext } from "../../schema/trace-context.ts";
import { decodeText, jsonBytes, readJson } from "../json-text.ts";
import { choiceSetting, numberSetting, requiredText } from "../setting.ts";
import { readXml } from "../xml-text.ts";
import { answered, toAnswer } from "./answer.ts";
import { type Auth, readAuth } from "./auth.ts";
import { blobMessage, receive } from "./blob.ts";
import { type Budget, readBody } from "./body.ts";
import { eventsOf, type FromRequest, toBatchReply } from "./events.ts";
import { readForm } from "./form.ts";
import type { Listener } from "./listener.ts";
import { providerId } from "./provider-id.ts";
import { type Reply, refusal, send, tryAgain } from "./reply.ts";
import { readSignature, type Signature, schemes } from "./signature.ts";
import { mayTakeLong } from "./slow-senders.ts";
import { storedHeaders } from "./stored-headers.ts";

/** Settings with their types; read once, so that a wrong one stops the start and not a message. */
interface Webhook {
  readonly path: string;
  readonly methods: readonly string[];
  readonly format: "json" | "text" | "xml" | "form" | "blob";
  readonly envelope: "cloudevents" | undefined;
  /** Types for what is not JSON. */
  readonly contract: JsonSchema | undefined;
  readonly maxBody: number;
  /** How long a caller waits for a reply, in milliseconds. */
  readonly timeout: number;
  readonly auth: Auth | undefined;
  readonly signature: Signature | undefined;
  /** Of the signature: by it the provider's id is known. */
  readonly scheme: Signature["scheme"] | undefined;
  readonly credentials: readonly string[];
}

export async function startHttpSource(context: SourceContext, listener: Listener): Promise<RunningSource> {
  const webhook = readWebhook(context);
  const inHand = new Set<Promise<Reply>>();
  let stopping = false;
  // Requests that are still arriving are not in hand: a slow sender must not hold up a worker that stops.
  const take: Take = async (answering) => {
    if (stopping) return tryAgain("The worker is stopping.", 5);
    const work = answering();
    inHand.add(work);
    return await work.finally(() => inHand.delete(work));
  };
  const leave = await listener.serve(webhook.path, (request, response, budget) =>
    handle(context, webhook, request, response, budget, take),
  );
  return {
    async stop() {
      stopping = true;
      leave();
      await Promise.allSettled(inHand);
    },
  };
}

/** What of a request is read once its sender has proven itself. */
export type Request = Parameters<typeof eventsOf>[0];

/** Whoever waits for the answer: told when it has gone. */
export interface Sender {
  once(event: "close", run: () => void): unknown;
  off(event: "close", run: () => void): unknown;
}

/**
 * The way of a request from there to its answer, without a server in front: for who brings requests otherwise. Nobody's
 * signature or credentials are asked for.
 */
export function webhookDoor(
  context: SourceContext,
): (request: Request, body: Uint8Array, sender: Sender) => Promise<Reply> {
  const { auth: _, signature, ...settings } = context.settings;
  const scheme = isJsonObject(signature) ? choiceSetting(signature, "scheme", schemes) : undefined;
  const webhook = { ...readWebhook({ ...context, settings }), scheme };
  return async (request, body, sender) => {
    if (webhook.format !== "blob") return await answer(context, webhook, request, sender, body);
    const content = await context.keep(once(body), { most: webhook.maxBody, signal: context.signal });
    return await accepted(context, webhook, sender, blobMessage(request, content, webhook.credentials));
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

type Take = (answer: () => Promise<Reply>) => Promise<Reply>;

function readWebhook({ tenant, settings, contract }: SourceContext): Webhook {
  const auth = readAuth(settings);
  const signature = readSignature(settings);
  const methods = settings.methods;
  const format = choiceSetting(settings, "format", ["json", "text", "xml", "form", "blob"]) ?? "json";
  const blob = format === "blob";
  return {
    path: `/${tenant}${requiredText(settings, "path")}`,
    methods: Array.isArray(methods) ? methods.map(String) : ["POST"],
    format,
    envelope: choiceSetting(settings, "envelope", ["cloudevents"]),
    contract,
    maxBody: blob
      ? numberSetting(settings, "max-size", mostChunkedBytes)
      : numberSetting(settings, "max-body", 1024 * 1024),
    timeout: numberSetting(settings, "timeout", 30_000),
    auth,
    signature,
    scheme: signature?.scheme,
    credentials: [...(signature?.headers ?? []), ...(auth === undefined ? [] : [auth.header])],
  };
}

async function handle(
  context: SourceContext,
  webhook: Webhook,
  request: IncomingMessage,
  response: ServerResponse,
  budget: Budget,
  take: Take,
): Promise<void> {
  const early = beforeBody(context, webhook, request);
  if (early !== undefined) return send(request, response, early);
  if (tooLong(request, webhook.maxBody)) return tooMuch(context, webhook, request, response);
  // Whoever asks before it sends has not sent anything yet.
  if (request.headers.expect !== undefined) response.writeContinue();
  if (webhook.format === "blob") return await handleBlob(context, webhook, request, response, take);
  const body = await readBody(request, webhook.maxBody, budget);
  switch (body.kind) {
    case "gone":
      return;
    case "busy":
      return send(request, response, tryAgain("Too much is being received at once.", 5));
    case "too-large":
      return tooMuch(context, webhook, request, response);
    case "read":
      try {
        send(request, response, await take(() => answer(context, webhook, request, response, body.bytes)));
      } finally {
        body.release();
      }
      return;
    default:
      return body satisfies never;
  }
}

const tooLong = (request: IncomingMessage, most: number): boolean =>
  Number(request.headers["content-length"] ?? 0) > most;

function tooMuch(
  context: SourceContext,
  { maxBody }: Webhook,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const error = `The body is larger than ${maxBody} bytes.`;
  context.refuse(error, "invalid");
  send(request, response, refusal(413, error));
}

async function handleBlob(
  context: SourceContext,
  webhook: Webhook,
  request: IncomingMessage,
  response: ServerResponse,
  take: Take,
): Promise<void> {
  mayTakeLong(request);
  const received = await receive(context, request, response, webhook.maxBody);
  switch (received.kind) {
    case "gone":
      return;
    case "too-large":
      return tooMuch(context, webhook, request, response);
    case "full":
      return send(request, response, tryAgain("There is no room for it now; send it again.", 5));
    case "kept": {
      const { content } = received;
      try {
        const message = blobMessage(request, content, webhook.credentials);
        return send(request, response, await take(() => accepted(context, webhook, response, message)));
      } finally {
        await content.discard();
      }
    }
    default:
      return received satisfies never;
  }
}

/** What can be refused before a byte of the body is read. */
function beforeBody(context: SourceContext, webhook: Webhook, request: IncomingMessage): Reply | undefined {
  if (!webhook.methods.includes(request.method ?? "")) {
    return refusal(405, "This method is not taken here.", { allow: webhook.methods.join(", ") });
  }
  if (webhook.auth !== undefined && !webhook.auth.allows(request.headers)) {
    context.refuse("The credentials are missing or wrong.", "unauthorized");
    return refusal(401, "The credentials are missing or wrong.", { "www-authenticate": webhook.auth.challenge });
  }
  const encoding = request.headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    return refusal(415, "Compressed bodies are not taken.", { "accept-encoding": "identity" });
  }
  return undefined;
}

async function answer(
  context: SourceContext,
  webhook: Webhook,
  request: Request,
  response: Sender,
  body: Uint8Array,
): Promise<Reply> {
  const flaw = webhook.signature?.flaw(request.headers, body, context.clock.now());
  if (flaw !== undefined) {
    context.refuse(`The signature is not valid: ${flaw}.`, "unauthorized");
    return refusal(401, `The signature is not valid: ${flaw}.`);
  }
  const read = readRequest(webhook, request, body);
  if (read.kind === "refused") {
    context.refuse(read.error, "invalid");
    return refusal(read.status, read.error);
  }
  if (read.kind === "batch") return await answerBatch(context, read.messages);
  return await accepted(context, webhook, response, read.message);
}

async function accepted(context: SourceContext, webhook: Webhook, response: Sender, message: Incoming): Promise<Reply> {
  if (context.answer === undefined) return toReply(await context.accept(message));
  const told = await answered(context, context.answer, message, response, webhook.timeout);
  return told.kind === "invalid" || told.kind === "unavailable" ? toReply(told) : toAnswer(context, told);
}

/** Who waits for a reply waits for one. */
async function answerBatch(context: SourceContext, messages: readonly Incoming[]): Promise<Reply> {
  if (context.answer === undefined) return toBatchReply(await context.acceptAll(messages), toReply);
  const error = "A batch is not taken where each event has a reply of its own.";
  context.refuse(error, "invalid");
  return refusal(415, error);
}

function readRequest(webhook: Webhook, request: Request, raw: Uint8Array): FromRequest {
  if (webhook.envelope === "cloudevents") return eventsOf(request, raw, webhook.credentials);
  const read = readFormat(webhook, raw);
  if (read.kind === "malformed") {
    return { kind: "refused", status: 400, error: `The body cannot be read: ${read.message}.` };
  }
  const id = providerId(webhook.scheme, request.headers, read.value);
  const message: Incoming = {
    body: read.bytes,
    value: read.value,
    headers: storedHeaders(request.headers, webhook.credentials),
    meta: { method: request.method ?? "" },
    ...(id === undefined ? {} : { id }),
    ...traceContext(request.headers.traceparent, request.headers.tracestate),
  };
  return { kind: "one", message };
}

function readFormat({ format, contract }: Webhook, raw: Uint8Array): ReturnType<typeof readJson> {
  switch (format) {
    case "json":
      return readJson(raw);
    case "xml":
      return readXml(raw, contract);
    case "form":
      return readForm(raw, contract);
    case "text":
      return readText(raw);
    case "blob":
      return { kind: "malformed", message: "bytes are not read" };
    default:
      return format satisfies never;
  }
}

function readText(raw: Uint8Array): ReturnType<typeof readJson> {
  const value = decodeText(raw);
  if (value === undefined) return { kind: "malformed", message: "it is not UTF-8" };
  return { kind: "value", value, bytes: jsonBytes(value) };
}

function toReply(accepted: Accepted): Reply {
  switch (accepted.kind) {
    case "stored":
      return { status: 202, body: { id: accepted.id } };
    case "invalid":
      return {
        status: 422,
        body: {
          error: accepted.fits ? "The message cannot be taken." : "The body does not fit its contract.",
          issues: accepted.issues.map(({ path, message }) => ({ path, message })),
        },
      };
    case "unavailable":
      return accepted.limited
        ? tryAgain("Messages come faster than they are taken; send it again.", accepted.retryAfterSeconds, 429)
        : tryAgain("The message could not be stored; send it again.", accepted.retryAfterSeconds);
    default:
      return accepted satisfies never;
  }
}
