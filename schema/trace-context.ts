// W3C Trace Context, level 1: what may be passed on. Nothing of ours is recorded as a span, so the sender's own context
// goes on as it came, and the spans of those that are called lie below the sender's.

/**
 * As it is passed on, in version 00; undefined for what is malformed, which is as good as none. Later versions may say
 * more behind what is known.
 */
export function readTraceparent(text: string): string | undefined {
  const known = /^(?!ff)([0-9a-f]{2})-((?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2})(-.*)?$/.exec(
    text.trim(),
  );
  if (known === null || (known[1] === "00" && known[3] !== undefined)) return undefined;
  return `00-${known[2]}`;
}

/** What vendors add to it. Only beside a traceparent; too long or with foreign characters it is left out. */
function readTracestate(text: string): string | undefined {
  const known = text.trim();
  return known.length <= 512 && /^[\x20-\x7e]+$/.test(known) && known.includes("=") ? known : undefined;
}

export interface TraceContext {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

/** Of the headers of a request or of a message. */
export function traceContext(traceparent: unknown, tracestate: unknown): TraceContext {
  const parent = typeof traceparent === "string" ? readTraceparent(traceparent) : undefined;
  if (parent === undefined) return {};
  const state = typeof tracestate === "string" ? readTracestate(tracestate) : undefined;
  return { traceparent: parent, ...(state === undefined ? {} : { tracestate: state }) };
}
