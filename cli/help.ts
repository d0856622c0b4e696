// How help looks: verbs by what one does with them, no line longer than a page is wide, headings that stand out.

import { Command, Help, type HelpConfiguration } from "commander";
import { calledAs } from "./called-as.ts";
import type { Io } from "./io.ts";
import { examples } from "./options.ts";
import { paint } from "./paint.ts";

const widest = 100;

/** Before the verbs are added: they take it over. */
export function withHelp(program: Command, io: Io): Command {
  const { bold, cyan } = paint(io.colorOut);
  const plain = new Help();
  const style: HelpConfiguration = {
    // What each takes stands in its own help.
    subcommandTerm: (command) => command.name(),
    // That a flag is not set unless it is given goes without saying.
    optionDescription: (option) => plain.optionDescription(option).replace(/ \(default: (?:false|\[\])\)$/, ""),
    styleTitle: bold,
    styleSubcommandTerm: cyan,
  };
  const width = (): number => Math.min(io.screen?.()?.columns ?? widest, widest);
  return program
    .configureHelp(style)
    .configureOutput({
      writeErr: io.err,
      writeOut: io.out,
      getOutHelpWidth: width,
      getErrHelpWidth: width,
      getOutHasColors: () => io.colorOut,
      getErrHasColors: () => io.colorErr,
    })
    .helpOption("-h, --help", "this")
    .addHelpCommand(
      new Command("help").argument("[verb]", "one of these").description("the help of a verb").helpGroup("Administer:"),
    )
    .addHelpText("after", examples("vrsky init my-flows", "vrsky dev my-flows", "vrsky help plan"));
}

/** After a mistake in how it was called. */
export const seeHelp = (io: Io): string =>
  `\`${calledAs(io)} help\` lists the verbs, \`… help VERB\` tells how one is used.`;
