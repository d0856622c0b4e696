// vrsky dlq purge: dead letters thrown away for good. Exactly those that were there when it was asked; whoever cannot be
// asked has to say --yes.

import { purgeLetter } from "../../../control/letters/entry.ts";
import { counted } from "../../../control/units.ts";
import { type ExitCode, exit, refuse } from "../../exit.ts";
import { type Io, say } from "../../io.ts";
import { type ActOptions, actUpon, auditDetail, type Chosen, choose, unknownIds, writeAudit } from "./act.ts";
import { type Letters, withLetters } from "./open.ts";

export interface PurgeOptions extends ActOptions {
  readonly yes: boolean;
}

export function dlqPurge(path: string, ids: readonly string[], options: PurgeOptions, io: Io): Promise<ExitCode> {
  if (ids.length === 0 && options.all !== true && !narrowed(options)) {
    const help = "Give ids, a filter such as --integration or --until, or --all.";
    return Promise.resolve(say(io, refuse(exit.usage, "Which dead letters?", help).refusal));
  }
  return withLetters(path, options, io, async (letters) => {
    const chosen = await choose(letters, ids, options);
    if (!chosen.ok) return say(io, chosen.refusal);
    const { selected, unknown } = chosen.value;
    if (selected.length === 0) return nothing(unknown, options, io);
    if (!options.yes) {
      const how = `${counted(selected.length, "dead letter")} would be lost for good`;
      if (io.confirm === undefined) {
        return say(io, refuse(exit.refused, `${how}; nothing was purged.`, "`--yes` does it without asking.").refusal);
      }
      if (!(await io.confirm(`${how}: ${where(selected)}. Type yes to purge: `))) {
        io.err("Nothing was purged.\n");
        return exit.refused;
      }
    }
    return purge(letters, chosen.value, options, io);
  });
}

const narrowed = ({ tenant, integration, target, class: kind, since, until, id, error, bundle }: PurgeOptions) =>
  [tenant, integration, target, kind, since, until, id, error, bundle].some((value) => value !== undefined);

function nothing(unknown: readonly string[], options: PurgeOptions, io: Io): ExitCode {
  if (unknown.length > 0) return say(io, unknownIds(unknown));
  if (options.json) io.out(`${JSON.stringify({ purged: 0, gone: 0 }, null, 2)}\n`);
  io.err("No dead letter is like that.\n");
  return exit.ok;
}

async function purge(letters: Letters, chosen: Chosen, options: PurgeOptions, io: Io): Promise<ExitCode> {
  const { selected, unknown } = chosen;
  const refused = await writeAudit(letters, io, "purge-started", auditDetail(chosen, options));
  if (refused !== undefined) return say(io, refused);
  let purged = 0;
  let gone = 0;
  const ended = await actUpon(
    selected,
    {
      what: "purged",
      work: async ([letter]) => {
        if (letter !== undefined && (await purgeLetter(letter.of.connection, letter))) purged += 1;
        else gone += 1;
      },
    },
    io,
  );
  const unwritten = await writeAudit(letters, io, "purged", { purged, gone, of: selected.length });
  if (options.json) {
    io.out(`${JSON.stringify({ purged, gone, ...(ended.interrupted ? { interrupted: true } : {}) }, null, 2)}\n`);
  }
  const also = gone === 0 ? "" : `, ${gone} gone before`;
  io.err(
    `${ended.interrupted ? "stopped: " : ""}${purged} of ${counted(selected.length, "dead letter")} purged${also}\n`,
  );
  const refusal = ended.refusal ?? unwritten;
  if (refusal !== undefined) return say(io, refusal);
  if (ended.interrupted) return exit.interrupted;
  return unknown.length > 0 ? say(io, unknownIds(unknown)) : exit.ok;
}

function where(selected: Chosen["selected"]): string {
  const places = [...new Set(selected.map(({ of, integration, target }) => `${of.tenant}/${integration} → ${target}`))];
  return places.length > 5 ? `${places.slice(0, 5).join(", ")} and ${places.length - 5} more` : places.join(", ");
}
