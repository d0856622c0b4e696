// vrsky: the front door.

import { CommanderError } from "commander";
import { askedBy } from "./completion/scripts.ts";
import { type ExitCode, exit, refuse } from "./exit.ts";
import { fileFault } from "./file-fault.ts";
import { seeHelp } from "./help.ts";
import { processIo, say } from "./io.ts";
import { vrskyProgram } from "./program.ts";

const io = processIo();

async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exit.ok;
  const done = (result: ExitCode): void => {
    code = result;
  };
  if (argv[2] === askedBy) {
    await (await import("./completion/answer.ts")).answer(argv.slice(3), io);
    return exit.ok;
  }
  const program = vrskyProgram({ io, done });
  if (argv.length <= 2) {
    program.outputHelp();
    return exit.ok;
  }
  try {
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exit.ok;
    if (error.code !== "commander.help") io.err(`${seeHelp(io)}\n`);
    return exit.usage;
  }
}

try {
  process.exitCode = await main(process.argv);
} catch (error) {
  const fault = fileFault(error);
  if (fault !== undefined) process.exitCode = say(io, refuse(exit.findings, fault).refusal);
  else process.exitCode = bug(error);
}

function bug(error: unknown): ExitCode {
  const line = error instanceof Error ? (error.message.split("\n")[0] ?? error.name) : String(error);
  io.err(
    `bug in VRSky: ${line}\n  Please report it${process.env.VRSKY_DEBUG === undefined ? "; VRSKY_DEBUG=1 shows where." : `:\n${error instanceof Error ? error.stack : ""}`}\n`,
  );
  return exit.bug;
}
