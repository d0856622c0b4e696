// Data fills parts, never places: what a message puts into a subject, a path or a URL stays one piece of it. Each of
// these gives the piece as it is written there, or fails.

import { fail } from "./failure.ts";
import { builtin } from "./intrinsics.ts";
import type { ToText } from "./operators.ts";

/** Separators and wildcards of NATS, white space, control characters. */
const notInToken = /[.*>\s\p{Cc}\p{Cs}]/u;
const notInFileName = /[/\\\p{Cc}\p{Cs}]/u;

/** A server cuts the connection at a subject that is too long, and a file system refuses the name. */
const maxLength = 255;

export function createBounds(text: ToText) {
  const filled = (value: unknown, what: string): string => {
    const part = text(value);
    return part === "" ? fail(`${what} would be empty`) : part;
  };
  const short = (value: unknown, what: string): string => {
    const part = filled(value, what);
    return part.length > maxLength ? fail(`${what} would be longer than ${maxLength} characters`) : part;
  };
  const encoded = (part: string, what: string): string => {
    if (part === "." || part === "..") return fail(`${what} would be \`${part}\`, which leads elsewhere`);
    if (builtin.matches(/\p{Cs}/u, part)) return fail(`${what} would hold half a character`);
    return builtin.encode(part);
  };
  return {
    /** One token of a NATS subject. */
    token: (value: unknown): string => {
      const part = short(value, "a token of the subject");
      return builtin.matches(notInToken, part) ? fail("a token of a subject holds no `.`, `*`, `>` or space") : part;
    },
    /** One segment of a path. */
    segment: (value: unknown): string => encoded(filled(value, "a segment of the path"), "a segment of the path"),
    /** A part of one file name. */
    fileSegment: (value: unknown): string => {
      const part = short(value, "a part of the file name");
      if (part === "." || part === "..") return fail("a part of the file name would lead to another folder");
      return builtin.matches(notInFileName, part) ? fail("a file name holds no `/`, `\\` or control character") : part;
    },
    /** An encoded piece behind a literal host; may be empty. */
    url: (value: unknown): string => encoded(text(value), "a piece of the URL"),
  };
}
