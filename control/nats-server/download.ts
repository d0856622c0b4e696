// Downloads that cannot hang: a transfer that gives no byte for a while is cut, however long the whole may take.

import { createHash } from "node:crypto";
// Not imported on demand: bundled, a CommonJS package that is imported so has no names.
import { Agent, EnvHttpProxyAgent, fetch, ProxyAgent } from "undici";
import type { AptProxy } from "./apt-proxy.ts";

interface DownloadOptions {
  /** Longest silence in milliseconds, before the first byte and between two chunks. */
  readonly stallMs: number;
  /** Without it the usual environment variables count. */
  readonly proxy?: AptProxy;
  readonly onBytes?: OnBytes;
}

/** Told with each piece: so many bytes are there, of how many when the host has said it. */
export type OnBytes = (bytes: number, of: number | undefined) => void;

export type Download = (url: string, options: DownloadOptions) => Promise<Uint8Array>;

/** The host fell silent or cannot be reached: asking it for something else is a waste of time. */
export interface NoAnswer extends Error {
  readonly name: "NoAnswer";
}

export function isNoAnswer(error: unknown): error is NoAnswer {
  return error instanceof Error && error.name === "NoAnswer";
}

/** The body of a 2xx answer; anything else is an Error whose message is one line without the stack's vocabulary. */
export const download: Download = async (url, { stallMs, proxy, onBytes }) => {
  const dispatcher =
    proxy === undefined ? new EnvHttpProxyAgent() : proxy === "DIRECT" ? new Agent() : new ProxyAgent(proxy);
  const { bare, authorization } = splitCredentials(url);
  const abort = new AbortController();
  const silence = setTimeout(() => abort.abort(), stallMs);
  try {
    const headers = authorization === undefined ? {} : { authorization };
    const response = await fetch(bare, { dispatcher, headers, signal: abort.signal });
    if (!response.ok) throw new Error(`${bare} answered ${response.status}`);
    const chunks: Uint8Array[] = [];
    const size = Number(response.headers.get("content-length") ?? Number.NaN);
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      silence.refresh();
      chunks.push(chunk);
      bytes += chunk.length;
      onBytes?.(bytes, Number.isNaN(size) ? undefined : size);
    }
    return Buffer.concat(chunks);
  } catch (error) {
    if (abort.signal.aborted) throw noAnswer(`${bare} gave nothing for ${stallMs / 1000} s`);
    throw readable(bare, error);
  } finally {
    clearTimeout(silence);
    void dispatcher.destroy();
  }
};

/** Without the user and password that private mirrors carry in their URL. */
export function shown(url: string): string {
  return splitCredentials(url).bare;
}

function splitCredentials(url: string): { readonly bare: string; readonly authorization?: string } {
  const parsed = new URL(url);
  if (parsed.username === "" && parsed.password === "") return { bare: url };
  const login = `${decodeURIComponent(parsed.username)}:${decodeURIComponent(parsed.password)}`;
  parsed.username = "";
  parsed.password = "";
  return { bare: parsed.href, authorization: `Basic ${Buffer.from(login).toString("base64")}` };
}

function readable(url: string, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(`${url}: ${String(error)}`);
  if (!(error.cause instanceof Error)) return error;
  return noAnswer(`${url} cannot be reached (${error.cause.message})`);
}

function noAnswer(message: string): Error {
  return Object.assign(new Error(message), { name: "NoAnswer" });
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
