// vrsky lsp: the language server, over standard input and output. What it finds goes to the editor.

import { exit, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { serve } from "../lsp/server.ts";

/** Ends when the editor says so, or goes away. */
export function lspVerb(io: Io): Promise<never> {
  const close = serve(process.stdin, process.stdout, {
    broken: (message) => {
      const why = `What came in is not the language server protocol: ${message.split("\n")[0] ?? ""}`;
      process.exit(say(io, refuse(exit.findings, why, "An editor starts this; docs/editor.md says how.").refusal));
    },
    // The protocol's own codes.
    left: (orderly) => process.exit(orderly ? 0 : 1),
  });
  process.once("exit", close);
  return new Promise(() => undefined);
}
