// The command line of `vrsky connectors`.

import type { Command } from "commander";
import { examples, type Shared } from "./options.ts";

export function addConnectorsCommand(program: Command, { io, done }: Shared): void {
  const connectors = program.command("connectors").description("outside systems that specs can name");
  connectors
    .command("list")
    .description("all of them, and what each can do")
    .option("--json", "as JSON", false)
    .addHelpText("after", examples("vrsky connectors list"))
    .action(async (options) => {
      done((await import("./verbs/connectors.ts")).connectorsList(options, io));
    });
  connectors
    .command("show")
    .description("settings, promise and errors of one, with examples")
    .argument("<name>", "as specs name it")
    .option("--json", "as JSON: its manifest", false)
    .addHelpText("after", examples("vrsky connectors show postgres", "vrsky connectors show http --json"))
    .action(async (name: string, options) => {
      done((await import("./verbs/connectors.ts")).connectorsShow(name, options, io));
    });
}
