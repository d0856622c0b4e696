// Sends one request per message. The same Idempotency-Key on every attempt lets the receiver do it once.

import { Agent, type Dispatcher, errors } from "undici";
import type { Delivery, OpenTarget, TargetContext } from "../../schema/connector.ts";
import type { Json } from "../../schema/json.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import { choiceSetting, numberSetting, objectSetting } from "../setting.ts";
import { classifyBreak, classifyStatus } from "./classify.ts";
import { buildRequest, type Fixed, type HttpRequest, type Method, methods } from "./request.ts";

/** An answer's body says nothing that we use; this much of it is read so that the connection can be used again. */
const answerBytes = 128 * 1024;

const thirtySeconds = 30_000;

export const openHttpTarget = (context: TargetContext): OpenTarget => open(context, "POST", drain);

/** A request whose answer is wanted: JSON, or text where the other side says that it is something else. */
export const openHttpCall = (context: TargetContext): OpenTarget => open(context, "GET", takeAnswer);

function open(context: TargetContext, method: Method, take: Take): OpenTarget {
  const connection = objectSetting(context.settings, "connection") ?? {};
  if (connection.oauth2 !== undefined) throw new Error("`oauth2` is not run by this version yet");
  const fixed: Fixed = { connection, method: choiceSetting(context.settings, "method", methods) ?? method };
  const timeout = numberSetting(context.settings, "timeout", numberSetting(connection, "timeout", thirtySeconds));
  const agent = createAgent(timeout);
  return {
    async deliver(delivery) {
      try {
        const marks = { id: delivery.id, traceparent: delivery.traceparent, tracestate: delivery.tracestate };
        const request = buildRequest(fixed, delivery.settings, delivery.body, marks);
        return await exchange(agent, context, request, timeout, delivery, take);
      } catch (error) {
        const message = error instanceof Error ? error.message : "the request cannot be made";
        return { kind: "permanent", failure: { class: "invalid", message } };
      }
    },
    question: ({ settings, body }) => {
      try {
        const {
          method,
          url,
          headers,
          body: sent,
        } = buildRequest(fixed, settings, body, { id: "", traceparent: undefined });
        return [method, String(url), headers, sent ?? null];
      } catch {
        return undefined;
      }
    },
    close: () => agent.destroy(),
  };
}

/** The one place where connections are made: what must be asked before connecting belongs here. */
function createAgent(timeout: number): Agent {
  return new Agent({
    connect: { timeout: Math.min(timeout, 10_000) },
    connections: 256,
    pipelining: 1,
    keepAliveTimeout: 10_000,
    headersTimeout: 0,
    bodyTimeout: 0,
    maxHeaderSize: 32 * 1024,
  });
}

async function exchange(
  agent: Agent,
  { clock }: TargetContext,
  request: HttpRequest,
  timeout: number,
  delivery: Delivery,
  take: Take,
): Promise<DeliveryResult> {
  const what = `${request.method} ${request.origin}`;
  const progress = { sent: false };
  const abort = new AbortController();
  const cut = (reason: string) => () => abort.abort(new Error(reason));
  const cancel = clock.after(timeout, cut(`no complete answer within ${timeout / 1000} s`));
  const stop = cut("the worker stopped before the answer came");
  delivery.signal.addEventListener("abort", stop, { once: true });
  if (delivery.signal.aborted) stop();
  try {
    const answer = await agent.compose(watching(progress)).request({
      origin: request.origin,
      path: `${request.url.pathname}${request.url.search}`,
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      signal: abort.signal,
    });
    const result = classifyStatus(what, answer.statusCode, first(answer.headers["retry-after"]), clock.now());
    if (result.kind === "delivered") return await take(what, answer, result, abort.signal);
    return await drain(what, answer, result, abort.signal);
  } catch (error) {
    return classifyBreak(what, reasonOf(error), progress.sent);
  } finally {
    cancel();
    delivery.signal.removeEventListener("abort", stop);
  }
}

/** What is done with the answer's body. May throw what a broken connection throws. */
type Take = (
  what: string,
  answer: Dispatcher.ResponseData,
  result: DeliveryResult,
  signal: AbortSignal,
) => Promise<DeliveryResult>;

const drain: Take = async (_what, { body }, result, signal) => {
  await body.dump({ limit: answerBytes, signal }).catch(() => undefined);
  return result;
};

/** Largest answer that a step takes. */
const largestAnswer = 4 * 1024 * 1024;

const takeAnswer: Take = async (what, answer, result, signal) => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > largestAnswer) {
      answer.body.destroy();
      return refusedAnswer(what, `answered more than ${largestAnswer} bytes`);
    }
    chunks.push(chunk);
  }
  signal.throwIfAborted();
  const text = Buffer.concat(chunks).toString("utf8");
  if (text === "") return { ...result, answer: null } as DeliveryResult;
  const type = first(answer.headers["content-type"]) ?? "application/json";
  if (!/json/i.test(type)) return { ...result, answer: text } as DeliveryResult;
  try {
    return { ...result, answer: JSON.parse(text) as Json } as DeliveryResult;
  } catch {
    return refusedAnswer(what, "answered something that is not JSON, though it says so");
  }
};

const refusedAnswer = (what: string, why: string): DeliveryResult => ({
  kind: "permanent",
  failure: { class: "invalid", message: `${what} ${why}` },
});

/** Notes when a request gets a connection and begins to leave. */
function watching(progress: { sent: boolean }): Dispatcher.DispatcherComposeInterceptor {
  return (dispatch) => (options, handler) =>
    dispatch(options, {
      onRequestStart: (controller, state) => {
        progress.sent = true;
        handler.onRequestStart?.(controller, state);
      },
      onRequestUpgrade: (...given) => handler.onRequestUpgrade?.(...given),
      onResponseStart: (...given) => handler.onResponseStart?.(...given),
      onResponseData: (...given) => handler.onResponseData?.(...given),
      onResponseEnd: (...given) => handler.onResponseEnd?.(...given),
      onResponseError: (...given) => handler.onResponseError?.(...given),
    });
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the host name could not be looked up",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ETIMEDOUT: "the connection timed out",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
  UND_ERR_SOCKET: "the connection was cut",
  UND_ERR_DESTROYED: "the target was closed",
  UND_ERR_CLOSED: "the target was closed",
};

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "the request failed";
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  if (code === undefined && !(error instanceof errors.UndiciError)) return error.message;
  return reasons[code ?? ""] ?? `the request failed (${code})`;
}

const first = (header: string | string[] | undefined): string | undefined =>
  typeof header === "string" ? header : header?.[0];
