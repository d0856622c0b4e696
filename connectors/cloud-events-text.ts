// How the value of an attribute is written in a header (HTTP protocol binding 1.0.2, 3.1.3.2): printable ASCII but for
// space, quote and percent as it is, every other character as its percent-encoded UTF-8.

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The value must be well-formed Unicode. */
export const encodeHeader = (value: string): string =>
  value.replace(/[^\x21\x23\x24\x26-\x7e]+/gu, (run) =>
    Array.from(Buffer.from(run, "utf8"), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );

/** Undefined for what must be refused: bytes that are no UTF-8, and characters that no header may hold as they are. */
export function decodeHeader(header: string): string | undefined {
  const text = unquoted(header.trim());
  if (!/^[\x20-\x7e]*$/.test(text)) return undefined;
  if (!text.includes("%")) return text;
  try {
    return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => utf8.decode(Buffer.from(run.replaceAll("%", ""), "hex")));
  } catch {
    return undefined;
  }
}

/** Older senders write a quoted string instead. */
function unquoted(text: string): string {
  const quoted = /^"((?:[^"\\]|\\.)*)"$/.exec(text)?.[1];
  return quoted === undefined ? text : quoted.replace(/\\(.)/g, "$1");
}
