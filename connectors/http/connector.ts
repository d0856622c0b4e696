// HTTP both ways. The server and the client are loaded when the first source or target asks for them.

import type { Connector } from "../../schema/connector.ts";
import { type Network, publicNetwork } from "../network.ts";
import type { Listener, ListenerOptions } from "./listener.ts";
import { httpManifest } from "./manifest.ts";

export interface HttpOptions extends ListenerOptions {
  /** Where a tenant's targets and calls may connect to; public addresses unless told. */
  readonly networkOf?: (tenant: string) => Network;
}

/** All HTTP sources of a worker share one listener, which opens with the first of them. */
export function httpConnector(options: HttpOptions): Connector {
  let listener: Promise<Listener> | undefined;
  const shared = (): Promise<Listener> => {
    listener ??= import("./listener.ts").then(({ httpListener }) => httpListener(options));
    return listener;
  };
  const networkOf = options.networkOf ?? (() => publicNetwork);
  return {
    manifest: httpManifest,
    async startSource(context) {
      const { startHttpSource } = await import("./source.ts");
      return await startHttpSource(context, await shared());
    },
    async openTarget(context) {
      const { openHttpTarget } = await import("./target.ts");
      return openHttpTarget(context, networkOf(context.tenant));
    },
    async openCall(context) {
      const { openHttpCall } = await import("./target.ts");
      return openHttpCall(context, networkOf(context.tenant));
    },
    async close() {
      await (await listener)?.close();
    },
  };
}
