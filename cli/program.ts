// The tree of verbs, in groups by what one does with them. Each verb is loaded when it is asked for, so that the rest
// costs nothing at start.

import { Command } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { addAdministerCommands } from "./administer-command.ts";
import { addAuthorCommands } from "./author-command.ts";
import { addCheckCommands } from "./check-command.ts";
import { addCompletionCommand } from "./completion-command.ts";
import { addConnectorsCommand } from "./connectors-command.ts";
import { addDeployCommands } from "./deploy-command.ts";
import { addDlqCommand } from "./dlq-command.ts";
import { addDocumentCommands } from "./document-command.ts";
import { addEditorCommands } from "./editor-command.ts";
import { withHelp } from "./help.ts";
import { addKeysCommand } from "./keys-command.ts";
import type { Shared } from "./options.ts";
import { addReplayCommand } from "./replay-command.ts";
import { addRolloutCommand } from "./rollout-command.ts";
import { addRunCommands } from "./run-command.ts";
import { addSourceCommand } from "./source-command.ts";
import { addTestCommand } from "./test-command.ts";
import { addWatchCommands } from "./watch-command.ts";

type Add = (program: Command, shared: Shared) => void;

const groups: Readonly<Record<string, readonly Add[]>> = {
  "Write:": [addAuthorCommands, addEditorCommands, addConnectorsCommand],
  "Check:": [addCheckCommands, addTestCommand],
  "Document:": [addDocumentCommands],
  "Run:": [addRunCommands],
  "Deploy:": [addDeployCommands, addRolloutCommand],
  "Look:": [addWatchCommands, addDlqCommand, addReplayCommand],
  "Administer:": [addAdministerCommands, addKeysCommand, addSourceCommand, addCompletionCommand],
};

/** `shared.done` hears the exit code of the verb that ran. */
export function vrskyProgram(shared: Shared): Command {
  const { io } = shared;
  const program = withHelp(new Command("vrsky"), io)
    .description("Integrations as code on NATS.")
    .version(packageJson.version, "-V, --version", "its version")
    .exitOverride();
  for (const [heading, members] of Object.entries(groups)) {
    program.commandsGroup(heading);
    for (const add of members) add(program, shared);
  }
  return program;
}
