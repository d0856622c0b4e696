// The command line of completion: the scripts for the shells, and what those ask.

import { Argument, type Command } from "commander";
import { completionScripts, type Shell, setUp, shells } from "./completion/scripts.ts";
import { exit } from "./exit.ts";
import { examples, type Shared } from "./options.ts";

export function addCompletionCommand(program: Command, { io, done }: Shared): void {
  program
    .command("completion")
    .description("completion for a shell: verbs, options, and names of the workspace")
    .addArgument(new Argument("<shell>", "whose").choices(shells))
    .addHelpText(
      "after",
      `
Once for all:
${shells.map((shell) => `  ${shell.padEnd(5)} ${setUp[shell]}`).join("\n")}
${examples("vrsky completion bash")}`,
    )
    .action((shell: Shell) => {
      io.out(completionScripts[shell]);
      done(exit.ok);
    });
}
