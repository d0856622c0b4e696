// The command line of what editors use: schemas of the specs, and the language server.

import type { Command } from "commander";
import { examples, type Shared, specs } from "./options.ts";

export function addEditorCommands(program: Command, { io, done }: Shared): void {
  program
    .command("schema")
    .description("JSON Schemas for editors, with the names of this workspace")
    .addArgument(specs())
    .option("--write", "write them to .vrsky/schemas", false)
    .option("--check", "write nothing; exit 1 when they are stale", false)
    .option("--json", "print them", false)
    .addHelpText("after", examples("vrsky schema --write", "vrsky schema . --check"))
    .action(async (path: string, options) => {
      done((await import("./verbs/schema.ts")).schemaVerb(path, options, io));
    });
  program
    .command("lsp")
    .description("language server for editors, over standard input and output")
    .option("--stdio", "what it does anyway; editors like to say it", false)
    .addHelpText("after", examples("vrsky lsp"))
    .action(async () => {
      done(await (await import("./verbs/lsp.ts")).lspVerb(io));
    });
}
