// The lines that `dev` prints as messages pass: whatever a sender calls its message, it writes one line.

import { expect, test } from "vitest";
import { eventLine } from "../../cli/events.ts";
import { paint } from "../../cli/paint.ts";

const of = { at: "2026-05-01T10:00:00.000Z", tenant: "acme", integration: "orders" };

test("an id with line breaks, NUL or terminal codes stays on its line", () => {
  const id = "a\r\n\0\u001b[2Jb";
  const line = eventLine({ kind: "accepted", ...of, source: "http", id, sequence: 1, duplicate: false }, paint(false));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
  expect(line).not.toMatch(/[\u0000-\u001f]/);
  expect(line).toContain("http → a");
});
