// HTTP both ways. The server and the client are loaded when the first source or target asks for them.

import type { Connector } from "../../schema/connector.ts";
import type { Listener, ListenerOptions } from "./listener.ts";
import { httpManifest } from "./manifest.ts";

/** All HTTP sources of a worker share one listener, which opens with the first of them. */
export function httpConnector(options: ListenerOptions): Connector {
  let listener: Promise<Listener> | undefined;
  const shared = (): Promise<Listener> => {
    listener ??= import("./listener.ts").then(({ httpListener }) => httpListener(options));
    return listener;
  };
  return {
    manifest: httpManifest,
    async startSource(context) {
      const { startHttpSource } = await import("./source.ts");
      return await startHttpSource(context, await shared());
    },
    async openTarget(context) {
      const { openHttpTarget } = await import("./target.ts");
      return openHttpTarget(context);
    },
    async openCall(context) {
      const { openHttpCall } = await import("./target.ts");
      return openHttpCall(context);
    },
    async close() {
      await (await listener)?.close();
    },
  };
}
