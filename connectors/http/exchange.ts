// One request and what became of it: a token where the connection needs one, redirects that stay where they are, and
// a time within which it all happens.

import type { Dispatcher } from "undici";
import type { Clock } from "../../schema/connector.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";
import type { Way } from "./agent.ts";
import type { Take } from "./answer-body.ts";
import { classifyBreak, classifyStatus } from "./classify.ts";
import { reasonOf } from "./reason.ts";
import type { HttpRequest } from "./request.ts";
import type { Tokens } from "./tokens.ts";

export interface Client {
  readonly way: Way;
  readonly clock: Clock;
  /** From the first byte to the last of the answer, in milliseconds. */
  readonly timeout: number;
  readonly tokens?: Tokens | undefined;
}

/** As much of an answer that is not wanted is read, so that its connection can be used again. */
const unwanted = 128 * 1024;

const mostRedirects = 5;

/** Never rejects. */
export async function exchange(
  client: Client,
  request: HttpRequest,
  stop: AbortSignal,
  take: Take,
): Promise<DeliveryResult> {
  const { way, clock, timeout } = client;
  const what = `${request.method} ${request.url.origin}`;
  const refusal = way.refusal(request.url);
  if (refusal !== undefined) return classifyBreak(what, refusal, false);
  const progress = { sent: false };
  const abort = new AbortController();
  const cut = (reason: string) => () => abort.abort(new Error(reason));
  const cancel = clock.after(timeout, cut(`no complete answer within ${timeout / 1000} s`));
  const stopped = cut("the worker stopped before the answer came");
  stop.addEventListener("abort", stopped, { once: true });
  if (stop.aborted) stopped();
  const trip: Trip = { dispatcher: way.dispatcher.compose(watching(progress)), progress, signal: abort.signal };
  try {
    const got = await authorized(client.tokens, trip, request);
    if ("result" in got) return got.result;
    const retryAfter = first(got.answer.headers["retry-after"]);
    const result = classifyStatus(what, got.answer.statusCode, retryAfter, clock.now());
    return await take(what, got.answer, result, abort.signal);
  } catch (error) {
    return classifyBreak(what, reasonOf(error), progress.sent);
  } finally {
    cancel();
    stop.removeEventListener("abort", stopped);
  }
}

interface Trip {
  readonly dispatcher: Dispatcher;
  /** The request of the moment has begun to leave. */
  readonly progress: { sent: boolean };
  readonly signal: AbortSignal;
}

type Got = { readonly answer: Dispatcher.ResponseData } | { readonly result: DeliveryResult };

/** With a token; a new one, once, when the other side does not take it. */
async function authorized(tokens: Tokens | undefined, trip: Trip, request: HttpRequest): Promise<Got> {
  if (tokens === undefined || "authorization" in request.headers) return { answer: await followed(trip, request) };
  for (let again = false; ; again = true) {
    const token = await unless(trip.signal, tokens.get());
    if (token.kind === "none") return token;
    const headers = { ...request.headers, authorization: `Bearer ${token.token}` };
    const answer = await followed(trip, { ...request, headers });
    if (answer.statusCode !== 401) return { answer };
    tokens.spent(token.token);
    if (again) return { answer };
    await leave(trip, answer);
  }
}

async function followed(trip: Trip, request: HttpRequest): Promise<Dispatcher.ResponseData> {
  let { url } = request;
  for (let hops = 0; ; hops += 1) {
    const answer = await sent(trip, request, url);
    const next = hops < mostRedirects ? redirected(request, url, answer) : undefined;
    if (next === undefined) return answer;
    await leave(trip, answer);
    url = next;
  }
}

function sent({ dispatcher, signal }: Trip, request: HttpRequest, url: URL): Promise<Dispatcher.ResponseData> {
  return dispatcher.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: request.method,
    headers: request.headers,
    body: typeof request.body === "function" ? request.body() : (request.body ?? null),
    signal,
  });
}

/** The other side has answered, and done nothing. */
async function leave({ progress, signal }: Trip, { body }: Dispatcher.ResponseData): Promise<void> {
  await body.dump({ limit: unwanted, signal });
  progress.sent = false;
}

/** Only within the same origin, where credentials and bodies go anyway; what is no GET only when it stays the same. */
function redirected({ method }: HttpRequest, url: URL, answer: Dispatcher.ResponseData): URL | undefined {
  const status = answer.statusCode;
  const same = status === 307 || status === 308;
  if (!same && !(method === "GET" && (status === 301 || status === 302 || status === 303))) return undefined;
  const location = first(answer.headers.location);
  if (location === undefined || !URL.canParse(location, url.href)) return undefined;
  const next = new URL(location, url.href);
  return next.origin === url.origin && next.username === "" && next.password === "" ? next : undefined;
}

/** Whoever waits for what others wait for as well stops waiting alone. */
async function unless<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  return await new Promise<T>((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}

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

const first = (header: string | string[] | undefined): string | undefined =>
  typeof header === "string" ? header : header?.[0];
