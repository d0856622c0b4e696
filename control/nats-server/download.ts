// Downloads that cannot hang: a transfer that gives no byte for a while is cut, however long the whole may take.

import { createHash } from "node:crypto";

export interface DownloadOptions {
  /** Longest silence in milliseconds, before the first byte and between two chunks. */
  readonly stallMs: number;
  /** Proxy URL; without it the usual environment variables count. */
  readonly proxy?: string | undefined;
}

export type Download = (url: string, options: DownloadOptions) => Promise<Uint8Array>;

/** The body of a 2xx answer; anything else is an Error whose message is one line without the stack's vocabulary. */
export const download: Download = async (url, { stallMs, proxy }) => {
  const { EnvHttpProxyAgent, ProxyAgent, fetch } = await import("undici");
  const dispatcher = proxy === undefined ? new EnvHttpProxyAgent() : new ProxyAgent(proxy);
  const abort = new AbortController();
  const silence = setTimeout(() => abort.abort(), stallMs);
  try {
    const response = await fetch(url, { dispatcher, signal: abort.signal });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body ?? []) {
      silence.refresh();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (abort.signal.aborted) throw new Error(`${url} gave nothing for ${stallMs / 1000} s`);
    throw readable(url, error);
  } finally {
    clearTimeout(silence);
    void dispatcher.destroy();
  }
};

function readable(url: string, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(`${url}: ${String(error)}`);
  if (!(error.cause instanceof Error)) return error;
  return new Error(`${url} cannot be reached (${error.cause.message})`);
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
