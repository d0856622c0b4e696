// vrsky: the front door.

import { CommanderError } from "commander";
import { type ExitCode, exit } from "./exit.ts";
import { processIo } from "./io.ts";
import { vrskyProgram } from "./program.ts";

const io = processIo();

async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exit.ok;
  const done = (result: ExitCode): void => {
    code = result;
  };
  try {
    await vrskyProgram({ io, done }).parseAsync([...argv]);
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? exit.ok : exit.usage;
  }
}

try {
  process.exitCode = await main(process.argv);
} catch (error) {
  const line = error instanceof Error ? (error.message.split("\n")[0] ?? error.name) : String(error);
  io.err(
    `bug in VRSky: ${line}\n  Please report it${process.env.VRSKY_DEBUG === undefined ? "; VRSKY_DEBUG=1 shows where." : `:\n${error instanceof Error ? error.stack : ""}`}\n`,
  );
  process.exitCode = exit.bug;
}
