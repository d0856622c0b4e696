// vrsky dlq redrive: dead letters given another try by the bundle that is deployed now. What cannot be run any more is
// left where it is; with another body, all of them must fit before the first one goes.

import type { NatsConnection } from "@nats-io/transport-node";
import type { DeadLetterEntry } from "../../../control/dead-letters.ts";
import { withBody } from "../../../control/letters/content.ts";
import { runnersOf } from "../../../control/letters/deployed.ts";
import { stillThere } from "../../../control/letters/entry.ts";
import { type Edit, edited } from "../../../control/letters/patch.ts";
import { type Prepared, type Redriven, redriveLetters } from "../../../control/letters/redrive.ts";
import { mostTogether, type Selected } from "../../../control/letters/select.ts";
import { counted, visible } from "../../../control/units.ts";
import { contentFaultOf } from "../../../schema/content.ts";
import { type ExitCode, exit, ok, type Refusal, type Result, refuse } from "../../exit.ts";
import { type Io, say } from "../../io.ts";
import { paint } from "../../paint.ts";
import {
  type ActOptions,
  actUpon,
  auditDetail,
  type Chosen,
  choose,
  type Ended,
  unknownIds,
  whoActs,
  writeAudit,
} from "./act.ts";
import { type EditOptions, readEdit } from "./edit.ts";
import { type Letters, withLetters } from "./open.ts";

export interface RedriveOptions extends ActOptions, EditOptions {
  /** Per second. */
  readonly rate?: number;
  readonly dryRun?: boolean;
}

export function dlqRedrive(path: string, ids: readonly string[], options: RedriveOptions, io: Io): Promise<ExitCode> {
  if (ids.length === 0 && options.all !== true) {
    const help = "Give ids, or `--all` for what the filters leave.";
    return Promise.resolve(say(io, refuse(exit.usage, "Which dead letters?", help).refusal));
  }
  const edit = readEdit(options, io);
  if (!edit.ok) return Promise.resolve(say(io, edit.refusal));
  return withLetters(path, options, io, async (letters) => {
    const chosen = await choose(letters, ids, options);
    if (!chosen.ok) return say(io, chosen.refusal);
    const { selected, unknown } = chosen.value;
    if (options.body !== undefined && selected.length > 1) {
      const help = "Choose by --tenant, --integration or --target, or change them alike by --patch.";
      return say(io, refuse(exit.usage, `One body for ${selected.length} dead letters.`, help).refusal);
    }
    if (selected.length === 0 && unknown.length > 0) return say(io, unknownIds(unknown));
    return redrive({ letters, chosen: chosen.value, edit: edit.value, options, io });
  });
}

interface Given {
  readonly letters: Letters;
  readonly chosen: Chosen;
  readonly edit: Edit | undefined;
  readonly options: RedriveOptions;
  readonly io: Io;
}

interface Done {
  readonly letter: Selected;
  readonly result: Redriven;
}

async function redrive(given: Given): Promise<ExitCode> {
  const { letters, chosen, options, io } = given;
  const { selected, unknown } = chosen;
  const preparer = prepareWith(given);
  const misfits = given.edit === undefined ? ok([]) : await allMisfits(given, preparer);
  if (!misfits.ok) return say(io, misfits.refusal);
  if (misfits.value.length > 0) return sayMisfits(misfits.value, io);
  const dryRun = options.dryRun === true;
  if (!dryRun && selected.length > 0) {
    const refused = await writeAudit(letters, io, "redrive-started", {
      ...auditDetail(chosen, options),
      ...(given.edit === undefined ? {} : { patched: true }),
    });
    if (refused !== undefined) return say(io, refused);
  }
  const by = whoActs(letters, io);
  const done: Done[] = [];
  const ended = await actUpon(
    selected,
    {
      what: "redriven",
      together: togetherAt(options.rate),
      ...(options.rate === undefined || dryRun ? {} : { perSecond: options.rate }),
      work: async (group) => {
        const [first] = group;
        if (first === undefined) return;
        const results = await redriveLetters(first.of.connection, group, {
          by,
          now: () => new Date(),
          prepare: (entry) => preparer(first.of.tenant, entry),
          dryRun,
        });
        done.push(...group.map((letter, index) => ({ letter, result: results[index] ?? { kind: "gone" as const } })));
      },
    },
    io,
  );
  const unwritten =
    dryRun || selected.length === 0
      ? undefined
      : await writeAudit(letters, io, "redriven", { ...countsOf(done), of: selected.length });
  const total = { given, done, ended };
  if (options.json) tellJson(total);
  else tell(total);
  return endOf(io, ended, unwritten, done, unknown);
}

/** With a rate: what is due in a tenth of a second goes at once. */
const togetherAt = (rate: number | undefined): number =>
  rate === undefined ? mostTogether : Math.min(mostTogether, Math.max(1, Math.floor(rate / 10)));

type Preparer = (tenant: string, entry: DeadLetterEntry) => Promise<Prepared>;

/** Why a letter must stay, or what it is given; and once for each integration what one should know of it. */
function prepareWith({ letters, edit, io }: Given): Preparer {
  const { trust } = letters.cluster.context;
  const runners = new Map(letters.tenants.map(({ tenant, connection }) => [tenant, runnersOf(connection, trust)]));
  const warned = new Set<string>();
  return async (tenant, entry) => {
    const found = await runners.get(tenant)?.(entry.integration, entry.target);
    if (found === undefined || !found.ok) return { ok: false, reason: found?.reason ?? `no tenant ${tenant}` };
    const { bundle } = found.runner.coded;
    const name = `${tenant}/${bundle.integration}`;
    if (!warned.has(name)) {
      warned.add(name);
      if (bundle.order !== undefined) {
        io.err(`${name} keeps order: what is redriven comes behind what has passed since\n`);
      }
      if (bundle.paused === true) io.err(`${name} is paused: what is redriven waits until it is not\n`);
    }
    if (edit === undefined) return { ok: true };
    const { connection } = letters.tenants.find((each) => each.tenant === tenant) ?? {};
    const whole = connection === undefined ? entry : await wholeLetter(connection, entry);
    if (typeof whole === "string") return { ok: false, reason: whole };
    const changed = await edited(whole, edit, found.runner);
    if (changed.ok) return { ok: true, changed: changed.changed };
    const issues = changed.issues.map(({ path, message }) => `${path === "" ? "" : `${path} `}${message}`);
    return { ok: false, reason: `the new body does not fit: ${issues.join("; ")}` };
  };
}

/** Why its body cannot be read, where it lies in chunks. */
async function wholeLetter(connection: NatsConnection, entry: DeadLetterEntry): Promise<DeadLetterEntry | string> {
  try {
    return await withBody(connection, entry);
  } catch (error) {
    if (contentFaultOf(error) === undefined || !(error instanceof Error)) throw error;
    return error.message;
  }
}

/** With another body nothing goes unless all can. */
async function allMisfits({ chosen, io }: Given, prepare: Preparer): Promise<Result<readonly string[]>> {
  const misfits: string[] = [];
  const work = async ([letter]: readonly Selected[]): Promise<void> => {
    if (letter === undefined) return;
    const entry = await stillThere(letter.of.connection, letter);
    const prepared = entry === undefined ? { ok: true as const } : await prepare(letter.of.tenant, entry);
    if (!prepared.ok) misfits.push(`${nameOf(letter)}: ${prepared.reason}`);
  };
  const ended = await actUpon(chosen.selected, { what: "checked", work }, io);
  if (ended.refusal !== undefined) return { ok: false, refusal: ended.refusal };
  return ended.interrupted ? refuse(exit.interrupted, "Stopped; nothing was changed.") : ok(misfits);
}

const mostTold = 20;

function sayMisfits(misfits: readonly string[], io: Io): ExitCode {
  for (const misfit of misfits.slice(0, mostTold)) io.err(`${visible(misfit)}\n`);
  if (misfits.length > mostTold) io.err(`… and ${misfits.length - mostTold} more\n`);
  return say(
    io,
    refuse(exit.findings, `${counted(misfits.length, "dead letter")} cannot go; nothing was changed.`).refusal,
  );
}

function countsOf(done: readonly Done[]) {
  const count = (kind: Redriven["kind"]): number => done.filter(({ result }) => result.kind === kind).length;
  return { redriven: count("redriven"), already: count("already"), gone: count("gone"), refused: count("refused") };
}

interface Total {
  readonly given: Given;
  readonly done: readonly Done[];
  readonly ended: Ended;
}

function tellJson({ given, done, ended }: Total): void {
  const { options, chosen, io } = given;
  const letters = done.map(({ letter: { of, integration, target, id, idHash, sequence }, result }) => ({
    tenant: of.tenant,
    integration,
    target,
    id,
    idHash,
    sequence,
    result: result.kind,
    ...(result.kind === "redriven" ? { attempt: result.attempt } : {}),
    ...(result.kind === "already" ? { by: result.redrive.by, at: result.redrive.at } : {}),
    ...(result.kind === "refused" ? { reason: result.reason } : {}),
  }));
  const said = {
    ...countsOf(done),
    of: chosen.selected.length,
    ...(options.dryRun === true ? { dryRun: true } : {}),
    ...(ended.interrupted ? { interrupted: true } : {}),
    letters,
  };
  io.out(`${JSON.stringify(said, null, 2)}\n`);
}

/** Those that went are told one by one when they were named one by one. */
function tell({ given, done, ended }: Total): void {
  const { options, chosen, io } = given;
  const color = paint(io.colorOut);
  const dry = options.dryRun === true;
  for (const { letter, result } of done) {
    const name = nameOf(letter);
    if (result.kind === "redriven" && (dry || options.all !== true)) {
      io.out(`${color.green(dry ? "would be redriven" : "redriven")}  ${name}  attempt ${result.attempt}\n`);
    }
    if (result.kind === "already") {
      io.out(
        `${color.yellow("already")}  ${name}  redriven by ${visible(result.redrive.by)} at ${result.redrive.at}\n`,
      );
    }
    if (result.kind === "gone") io.out(`${color.yellow("gone")}  ${name}  somebody redrove or purged it meanwhile\n`);
    if (result.kind === "refused") io.out(`${color.red("refused")}  ${name}  ${visible(result.reason)}\n`);
  }
  const { redriven, already, gone, refused } = countsOf(done);
  const rest = [
    already > 0 ? `${already} done before` : undefined,
    gone > 0 ? `${gone} gone` : undefined,
    refused > 0 ? `${refused} refused` : undefined,
  ].filter((part) => part !== undefined);
  const head = ended.interrupted ? "stopped: " : "";
  const verb = dry ? "would be redriven" : "redriven";
  io.err(
    `${head}${[`${redriven} of ${counted(chosen.selected.length, "dead letter")} ${verb}`, ...rest].join(", ")}\n`,
  );
}

function endOf(
  io: Io,
  ended: Ended,
  unwritten: Refusal | undefined,
  done: readonly Done[],
  unknown: readonly string[],
): ExitCode {
  const refusal = ended.refusal ?? unwritten;
  if (refusal !== undefined) return say(io, refusal);
  if (ended.interrupted) return exit.interrupted;
  if (countsOf(done).refused > 0) return exit.refused;
  return unknown.length > 0 ? say(io, unknownIds(unknown)) : exit.ok;
}

const nameOf = ({ of, integration, target, id, idHash }: Selected): string =>
  `${of.tenant}/${integration} → ${target}  ${visible(id ?? idHash)}`;
