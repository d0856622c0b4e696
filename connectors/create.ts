// The implementations behind the manifests of all.ts, made once per worker.

import type { Connector } from "../schema/connector.ts";
import { fileConnector } from "./file/connector.ts";
import { httpConnector } from "./http/connector.ts";
import { natsConnector } from "./nats/connector.ts";
import type { NatsDoor } from "./nats/door.ts";
import { networks } from "./network.ts";
import { postgresConnector } from "./postgres/connector.ts";
import { s3Connector } from "./s3/connector.ts";
import { scheduleConnector } from "./schedule/connector.ts";
import { smtpConnector } from "./smtp/connector.ts";
import { streamConnector } from "./stream/connector.ts";

export interface ConnectorOptions {
  /** 0: any free port. */
  readonly httpPort: number;
  readonly httpHost: string;
  readonly onListening?: (port: number) => void;
  /** Networks beside the public ones that may be connected to, as `networks` reads them; none unless told. */
  readonly allowNetwork: readonly string[];
  /** Root of the file connector: nothing outside it is reachable. */
  readonly dataDir: string;
  readonly natsFor: (tenant: string) => NatsDoor;
}

export function createConnectors(options: ConnectorOptions): Readonly<Record<string, Connector>> {
  const { httpPort: port, httpHost: host, onListening } = options;
  const networkOf = networks(options.allowNetwork);
  return {
    http: httpConnector({ port, host, networkOf, ...(onListening === undefined ? {} : { onListening }) }),
    file: fileConnector({ dataDir: options.dataDir, networkOf }),
    postgres: postgresConnector({ networkOf }),
    schedule: scheduleConnector(),
    s3: s3Connector({ networkOf }),
    smtp: smtpConnector({ networkOf }),
    nats: natsConnector({ natsFor: options.natsFor }),
    stream: streamConnector({ natsFor: options.natsFor }),
  };
}
