// vrsky lsp: the language server, over standard input and output. Talk goes to the editor, never to the terminal.

import { serve } from "../lsp/server.ts";

/** Ends when the editor says so, or goes away. */
export function lspVerb(): Promise<never> {
  serve(process.stdin, process.stdout);
  return new Promise(() => undefined);
}
