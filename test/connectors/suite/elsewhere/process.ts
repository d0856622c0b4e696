// Puts a connector into a process of its own: what the run time hands over goes there as data, through a structured clone.

import { fork } from "node:child_process";
import type { Connector, SourceContext, TargetContext } from "../../../../schema/connector.ts";
import type { DeliveryResult } from "../../../../schema/outcome.ts";
import { scriptFile } from "../../../rig/scripts.ts";
import type { Elsewhere } from "../stage.ts";
import type { Notice, Passing, Result, Which, Wish } from "./messages.ts";
import { createWire, readAs } from "./wire.ts";

export interface ConnectorProcess extends AsyncDisposable {
  readonly elsewhere: Elsewhere;
  readonly pid: number | undefined;
  /** How many messages have passed, either way. */
  passed(): number;
}

export function connectorProcess(): ConnectorProcess {
  const child = fork(scriptFile("connectors"), {
    execArgv: [],
    // Functions, and all else that cannot be cloned, are an error.
    serialization: "advanced",
  });
  let passed = 0;
  const wire = createWire((passing) => {
    passed += 1;
    child.send(passing);
  });
  const sources = new Map<number, SourceContext>();
  const signals = new Map<number, AbortController>();
  let numbers = 1_000_000;

  child.on("message", (passing: Passing) => {
    passed += 1;
    if (wire.settled(passing)) return;
    if (passing.kind === "wish") wire.answer(passing.number, () => grant(passing.wish));
    if (passing.kind === "notice") hear(passing.notice);
  });

  const contextOf = (source: number): SourceContext => {
    const context = sources.get(source);
    if (context === undefined) throw new Error("this source has stopped");
    return context;
  };
  const grant = async (wish: Wish): Promise<Result> => {
    const context = contextOf(wish.source);
    switch (wish.kind) {
      case "accept":
        return await context.accept(wish.message);
      case "acceptAll":
        return await context.acceptAll(wish.messages);
      case "answer": {
        const gone = new AbortController();
        signals.set(wish.signal, gone);
        return await context.answer?.(wish.message, gone.signal);
      }
      case "get":
        return await context.state.get(wish.key);
      case "put":
        return void (await context.state.put(wish.key, wish.value));
      default:
        return wish satisfies never;
    }
  };
  const hear = (notice: Notice): void => {
    if (notice.kind === "abort") signals.get(notice.signal)?.abort();
    else if (notice.kind === "fail") sources.get(notice.source)?.fail(notice.failure);
    else if (notice.kind === "refuse") sources.get(notice.source)?.refuse(notice.reason, notice.class);
  };

  const startSource = async (which: Which, context: SourceContext) => {
    const { tenant, integration, name, settings, contract } = context;
    const source = wire.signalOf(context.signal);
    sources.set(source, context);
    await wire.ask({
      order: {
        kind: "start",
        source,
        which,
        context: { tenant, integration, name, settings, ...(contract === undefined ? {} : { contract }) },
        replies: context.answer !== undefined,
      },
    });
    return {
      stop: async () => {
        await wire.ask({ order: { kind: "stop", source } });
        sources.delete(source);
      },
    };
  };
  const openTarget = async (which: Which, { tenant, integration, name, settings }: TargetContext) => {
    numbers += 1;
    const target = numbers;
    await wire.ask({ order: { kind: "open", target, which, context: { tenant, integration, name, settings } } });
    return {
      deliver: async ({
        signal,
        content: _,
        ...delivery
      }: Parameters<Awaited<ReturnType<NonNullable<Connector["openTarget"]>>>["deliver"]>[0]) =>
        readAs<DeliveryResult>(
          await wire.ask({ order: { kind: "deliver", target, signal: wire.signalOf(signal), delivery } }),
        ),
      close: async () => void (await wire.ask({ order: { kind: "close", target } })),
    };
  };
  return {
    pid: child.pid,
    passed: () => passed,
    elsewhere: ({ manifest, startSource: starts, openTarget: opens }, dataDir) => {
      const which = { connector: manifest.name, dataDir };
      return {
        manifest,
        ...(starts === undefined ? {} : { startSource: (context) => startSource(which, context) }),
        ...(opens === undefined ? {} : { openTarget: (context) => openTarget(which, context) }),
      };
    },
    [Symbol.asyncDispose]: () =>
      new Promise((gone) => {
        child.once("exit", () => gone());
        child.disconnect();
      }),
  };
}
