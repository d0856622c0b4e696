// The one place where connections are made: which addresses are reached, whom we believe, who we are, and through
// which proxy.

import { isIP } from "node:net";
import { createSecureContext, rootCertificates, type SecureContext } from "node:tls";
import { Agent, type Dispatcher, Pool, ProxyAgent } from "undici";
import type { JsonObject } from "../../schema/json.ts";
import { guardedConnect } from "../guarded-connect.ts";
import type { Network } from "../network.ts";
import { objectSetting, textSetting, textsSetting } from "../setting.ts";

const pooled = {
  connections: 256,
  pipelining: 1,
  keepAliveTimeout: 10_000,
  headersTimeout: 0,
  bodyTimeout: 0,
  maxHeaderSize: 32 * 1024,
} as const;

export interface Way {
  readonly dispatcher: Dispatcher;
  /** Why a URL is not even asked: what a proxy is told to connect to, nobody here looks up. */
  refusal(url: URL): string | undefined;
  close(): Promise<void>;
}

/** `connection`: its `tls` and `proxy`. Throws an Error with one line for what cannot be read. */
export function openWay(network: Network, connection: JsonObject, timeout: number): Way {
  const tls = readTls(connection);
  const own = { timeout: Math.min(timeout, 10_000), rejectUnauthorized: true };
  const guarded = guardedConnect(network, { ...own, ...tls });
  const proxy = textSetting(connection, "proxy");
  if (proxy === undefined) {
    const agent = new Agent({ ...pooled, connect: guarded });
    return { dispatcher: agent, refusal: () => undefined, close: () => agent.destroy() };
  }
  const agent = new ProxyAgent({
    ...pooled,
    uri: readProxy(proxy),
    requestTls: { ...own, ...tls },
    clientFactory: (origin) => new Pool(origin, { ...pooled, connect: guardedConnect(network, own) }),
  });
  return { dispatcher: agent, refusal: (url) => literalRefusal(network, url), close: () => agent.destroy() };
}

function literalRefusal(network: Network, { hostname }: URL): string | undefined {
  const address = hostname.replace(/^\[(.*)\]$/, "$1");
  if (/^(?:.+\.)?localhost\.?$/i.test(address)) return network.refusal("127.0.0.1");
  return isIP(address) === 0 ? undefined : network.refusal(address);
}

function readProxy(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new Error("`proxy` must be a URL that begins with http:// or https://");
  }
  return url.href;
}

interface Tls {
  readonly secureContext?: SecureContext;
  readonly servername?: string;
}

function readTls(connection: JsonObject): Tls {
  const tls = objectSetting(connection, "tls");
  if (tls === undefined) return {};
  const servername = textSetting(tls, "server-name");
  return { secureContext: secureContextOf(tls), ...(servername === undefined ? {} : { servername }) };
}

function secureContextOf(tls: JsonObject): SecureContext {
  const ca = tls.ca === undefined || tls.ca === null ? undefined : textsSetting(tls, "ca");
  const cert = textSetting(tls, "certificate");
  const key = textSetting(tls, "key");
  const passphrase = textSetting(tls, "passphrase");
  if ((cert === undefined) !== (key === undefined)) throw new Error("`tls` needs both `certificate` and `key`");
  if (ca?.some((text) => !text.includes("-----BEGIN CERTIFICATE-----"))) {
    throw new Error("`tls.ca` must hold certificates in PEM, which begin with -----BEGIN CERTIFICATE-----");
  }
  try {
    return createSecureContext({
      ...(ca === undefined ? {} : { ca: [...rootCertificates, ...ca] }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(passphrase === undefined ? {} : { passphrase }),
    });
  } catch {
    throw new Error(
      "`tls` holds a certificate or key that cannot be read: it must be PEM, the key that of the certificate",
    );
  }
}
