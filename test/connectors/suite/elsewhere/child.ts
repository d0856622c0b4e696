// A process that holds connectors and nothing of the run time: it is told what to start and to deliver, and asks for what
// a source may ask for.

import { createConnectors } from "../../../../connectors/create.ts";
import { systemClock } from "../../../../runtime/clock.ts";
import type { Accepted, Answered, Connector, Log, OpenTarget, RunningSource } from "../../../../schema/connector.ts";
import type { Json } from "../../../../schema/json.ts";
import type { Notice, Order, Passing, Result, Which } from "./messages.ts";
import { createWire, readAs } from "./wire.ts";

const send = (passing: Passing): void => void process.send?.(passing);
const wire = createWire(send);
const made = new Map<string, Readonly<Record<string, Connector>>>();
const sources = new Map<number, RunningSource>();
const targets = new Map<number, OpenTarget>();
const signals = new Map<number, AbortController>();

const notice = (told: Notice): void => send({ kind: "notice", notice: told });

const log: Log = {
  info: (fields, message) => notice({ kind: "log", level: "info", fields, message }),
  warn: (fields, message) => notice({ kind: "log", level: "warn", fields, message }),
};

function connectorOf({ connector, dataDir }: Which): Connector {
  const connectors =
    made.get(dataDir) ??
    createConnectors({
      httpPort: 0,
      httpHost: "127.0.0.1",
      allowNetwork: ["loopback"],
      dataDir,
      natsFor: () => {
        throw new Error("NATS is the house's own");
      },
    });
  made.set(dataDir, connectors);
  const found = connectors[connector];
  if (found === undefined) throw new Error(`no connector ${connector}`);
  return found;
}

async function start({ source, which, context, replies }: Extract<Order, { kind: "start" }>): Promise<void> {
  const ending = new AbortController();
  signals.set(source, ending);
  const running = await connectorOf(which).startSource?.({
    ...context,
    accept: async (message) => readAs<Accepted>(await wire.ask({ wish: { kind: "accept", source, message } })),
    acceptAll: async (messages) =>
      readAs<readonly Accepted[]>(await wire.ask({ wish: { kind: "acceptAll", source, messages } })),
    ...(replies
      ? {
          answer: async (message, signal) =>
            readAs<Answered>(
              await wire.ask({ wish: { kind: "answer", source, message, signal: wire.signalOf(signal) } }),
            ),
        }
      : {}),
    keep: () => Promise.reject(new Error("bytes beside a message stay in the worker's own process")),
    fail: (failure) => notice({ kind: "fail", source, failure }),
    refuse: (reason, type) => notice({ kind: "refuse", source, reason, class: type }),
    signal: ending.signal,
    state: {
      get: async (key) => readAs<Json | undefined>(await wire.ask({ wish: { kind: "get", source, key } })),
      put: async (key, value) => void (await wire.ask({ wish: { kind: "put", source, key, value } })),
    },
    clock: systemClock,
    log,
  });
  if (running === undefined) throw new Error("it has no source");
  sources.set(source, running);
}

async function follow(order: Order): Promise<Result> {
  switch (order.kind) {
    case "start":
      return void (await start(order));
    case "stop":
      await sources.get(order.source)?.stop();
      sources.delete(order.source);
      return;
    case "open": {
      const target = await connectorOf(order.which).openTarget?.({ ...order.context, clock: systemClock, log });
      if (target !== undefined) targets.set(order.target, target);
      return;
    }
    case "deliver": {
      const breaking = new AbortController();
      signals.set(order.signal, breaking);
      return await targets
        .get(order.target)
        ?.deliver({ ...order.delivery, signal: breaking.signal })
        .finally(() => signals.delete(order.signal));
    }
    case "close":
      await targets.get(order.target)?.close();
      targets.delete(order.target);
      return;
    default:
      return order satisfies never;
  }
}

process.on("message", (passing: Passing) => {
  if (wire.settled(passing)) return;
  if (passing.kind === "order") wire.answer(passing.number, () => follow(passing.order));
  if (passing.kind === "notice" && passing.notice.kind === "abort") signals.get(passing.notice.signal)?.abort();
});
// Nobody is left to talk to.
process.on("disconnect", () => process.exit(0));
