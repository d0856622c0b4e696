// A wire that misbehaves on command, between two parts that speak TCP: it delays, throttles, stalls, swallows, cuts,
// resets and closes half. It counts what it did to connections that were open, so that a run can show that a fault hit.

import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export type Manner =
  | { readonly kind: "pass" }
  /** Everything arrives so much later. */
  | { readonly kind: "delay"; readonly ms: number }
  | { readonly kind: "throttle"; readonly bytesPerSecond: number }
  /** Nothing arrives until another manner is set, and then all of it: as TCP behaves over a path that is broken for a while. */
  | { readonly kind: "stall" }
  /** What is sent is gone. Such a connection is reset when another manner is set. */
  | { readonly kind: "blackhole" }
  /** New connections are refused, old ones are cut. */
  | { readonly kind: "refuse" };

export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  set(manner: Manner): void;
  /** Each of them returns how many open connections it hit. */
  cut(): number;
  reset(): number;
  /** The far side is told that nothing more comes, and may go on sending. */
  halfClose(): number;
  /** Connections that are open now. */
  open(): number;
  /** Bytes that met a manner other than `pass`, and connections that were refused. */
  troubled(): number;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  swallowed: boolean;
}

/** `port` of the far side may change while it runs. */
export async function faultProxy(port: () => number): Promise<FaultProxy> {
  const pairs = new Set<Pair>();
  let manner: Manner = { kind: "pass" };
  let troubled = 0;
  let released: (() => void)[] = [];

  const carry = async (pair: Pair, from: Socket, to: Socket): Promise<void> => {
    let at = Date.now();
    try {
      for await (const chunk of from) {
        const bytes: Buffer = chunk;
        if (manner.kind !== "pass") troubled += bytes.length;
        if (manner.kind === "delay") await pause(manner.ms);
        if (manner.kind === "throttle") {
          at = Math.max(at, Date.now()) + (bytes.length / manner.bytesPerSecond) * 1000;
          await pause(at - Date.now());
        }
        while (manner.kind === "stall") await new Promise<void>((resolve) => released.push(resolve));
        if (manner.kind === "blackhole") pair.swallowed = true;
        else if (!to.write(bytes)) await drained(to);
      }
      to.end();
    } catch {
      // The other direction ends both.
    }
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (manner.kind === "refuse") {
      troubled += 1;
      near.on("error", () => undefined);
      return void near.resetAndDestroy();
    }
    const far = connect({ port: port(), host: "127.0.0.1", allowHalfOpen: true });
    const pair: Pair = { near, far, swallowed: false };
    pairs.add(pair);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.setNoDelay(true);
      one.on("error", () => other.destroy());
      one.on("close", () => {
        pairs.delete(pair);
        other.destroy();
      });
      void carry(pair, one, other);
    }
  });
  const each = (act: (pair: Pair) => void): number => {
    const hit = [...pairs];
    for (const pair of hit) act(pair);
    return hit.length;
  };
  const cut = (): number =>
    each(({ near, far }) => {
      near.destroy();
      far.destroy();
    });
  const reset = (): number =>
    each(({ near, far }) => {
      near.resetAndDestroy();
      far.resetAndDestroy();
    });

  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    set: (next) => {
      const before = manner;
      manner = next;
      if (next.kind === "refuse") cut();
      if (before.kind === "blackhole") {
        for (const pair of [...pairs]) {
          if (!pair.swallowed) continue;
          pair.near.resetAndDestroy();
          pair.far.resetAndDestroy();
        }
      }
      const waiting = released;
      released = [];
      for (const resolve of waiting) resolve();
    },
    cut,
    reset,
    halfClose: () => each(({ far }) => far.end()),
    open: () => pairs.size,
    troubled: () => troubled,
    [Symbol.asyncDispose]: async () => {
      manner = { kind: "pass" };
      for (const resolve of released) resolve();
      cut();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  };
}

/** Also when it closes: who waits for it must find out. */
const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", resolve);
  });
