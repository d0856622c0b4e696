// Sends one request per message. The same Idempotency-Key on every attempt lets the receiver do it once.

import type { OpenTarget, TargetContext } from "../../schema/connector.ts";
import type { Network } from "../network.ts";
import { choiceSetting, numberSetting, objectSetting } from "../setting.ts";
import { openWay } from "./agent.ts";
import { drain, type Take, takeAnswer, takeToken } from "./answer-body.ts";
import { type Client, exchange } from "./exchange.ts";
import { buildRequest, type Fixed, type Method, methods } from "./request.ts";
import { createTokens, type Tokens, tokenRequest } from "./tokens.ts";

const thirtySeconds = 30_000;

export const openHttpTarget = (context: TargetContext, network: Network): OpenTarget =>
  open(context, network, "POST", drain);

/** A request whose answer is wanted: JSON, or text where the other side says that it is something else. */
export const openHttpCall = (context: TargetContext, network: Network): OpenTarget =>
  open(context, network, "GET", takeAnswer);

function open(context: TargetContext, network: Network, method: Method, take: Take): OpenTarget {
  const connection = objectSetting(context.settings, "connection") ?? {};
  const fixed: Fixed = {
    connection,
    from: context,
    blob: context.settings.format === "blob",
    method: choiceSetting(context.settings, "method", methods) ?? method,
  };
  const timeout = numberSetting(context.settings, "timeout", numberSetting(connection, "timeout", thirtySeconds));
  const bare: Client = { way: openWay(network, connection, timeout), clock: context.clock, timeout };
  const closing = new AbortController();
  const client: Client = { ...bare, tokens: readTokens(connection, bare, closing.signal) };
  return {
    async deliver(delivery) {
      try {
        const request = buildRequest(fixed, delivery.settings, delivery.body, delivery);
        return await exchange(client, request, delivery.signal, take);
      } catch (error) {
        const message = error instanceof Error ? error.message : "the request cannot be made";
        return { kind: "permanent", failure: { class: "invalid", message } };
      }
    },
    question: (asked) => {
      try {
        const { method, url, headers, body } = buildRequest(fixed, asked.settings, asked.body, { id: "" });
        // Of a call, which sends nothing that lies beside its message.
        const bytes = body === undefined || typeof body === "function" ? undefined : Buffer.from(body);
        return [method, String(url), headers, bytes?.toString("latin1") ?? null];
      } catch {
        return undefined;
      }
    },
    close: async () => {
      closing.abort();
      await client.way.close();
    },
  };
}

function readTokens(connection: Fixed["connection"], client: Client, closing: AbortSignal): Tokens | undefined {
  const oauth2 = objectSetting(connection, "oauth2");
  if (oauth2 === undefined) return undefined;
  const asked = tokenRequest(oauth2);
  return createTokens(
    asked,
    ({ url, headers, body }) => exchange(client, { method: "POST", url, headers, body }, closing, takeToken),
    client.clock,
  );
}
