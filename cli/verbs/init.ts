// vrsky init: a workspace that works, without a question asked. What is there already is never written over.

import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { calledAs } from "../called-as.ts";
import { shown } from "../compile-workspace.ts";
import { type ExitCode, exit, ok, type Result, refuse } from "../exit.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { type ScaffoldFile, scaffold } from "../scaffold/files.ts";
import { firstRequest } from "../scaffold/readme.ts";
import { tree } from "../scaffold/tree.ts";
import { shellWord } from "../shell-word.ts";
import { writeSchemas } from "./schema.ts";

interface Placed extends ScaffoldFile {
  readonly place: string;
  /** What stands there; undefined when nothing does. */
  readonly before: string | undefined;
}

export function initVerb(path: string, io: Io): ExitCode {
  const folder = resolve(io.cwd, path);
  const fits = fitting(folder, io);
  if (!fits.ok) return say(io, fits.refusal);
  const vrsky = calledAs(io);
  const repository = above(folder, ".git") ?? folder;
  const below = relative(repository, folder).replaceAll("\\", "/");
  const files = scaffold({ name: nameOf(folder), vrsky: vrsky.startsWith("node ") ? "vrsky" : vrsky, below }).map(
    (file): Placed => {
      const place = join(file.inRepository === true ? repository : folder, file.path);
      return { ...file, place, before: textAt(place) };
    },
  );
  const taken = files.filter(({ before, text, optional }) => before !== undefined && before !== text && !optional);
  if (taken.length > 0) return sayTaken(taken, io);
  const missing = files.filter(({ before }) => before === undefined);
  try {
    for (const { place, text } of missing) {
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, text, { flag: "wx" });
    }
    writeSchemas(folder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return say(io, refuse(exit.refused, `${shown(folder, io)} cannot be written: ${why}`).refusal);
  }
  tell(files, missing, folder, vrsky, io);
  return exit.ok;
}

/** A folder, new or not, that is no part of another workspace. */
function fitting(folder: string, io: Io): Result<void> {
  if (existsSync(folder) && !statSync(folder).isDirectory())
    return refuse(exit.refused, `${shown(folder, io)} is a file.`, "Name a folder, new or not.");
  const around = above(dirname(folder), "vrsky.yaml");
  if (around === undefined) return ok(undefined);
  return refuse(
    exit.refused,
    `${shown(folder, io)} lies in the workspace ${around}, which is compiled with all that is below it.`,
    "Name a folder outside, or add files below its tenants/.",
  );
}

/** The nearest folder, this one or above, that holds such a file. */
function above(folder: string, name: string): string | undefined {
  if (existsSync(join(folder, name))) return folder;
  const parent = dirname(folder);
  return parent === folder ? undefined : above(parent, name);
}

/** A name as specs want it, from the folder's; what YAML would read as something else is none. */
function nameOf(folder: string): string {
  const name = basename(folder)
    .normalize("NFKD")
    .replaceAll(/\p{M}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^[-0-9]+|-+$/g, "")
    .slice(0, 40);
  return /^(?:|null|true|false)$/.test(name) ? "flows" : name;
}

function textAt(place: string): string | undefined {
  try {
    return readFileSync(place, "utf8");
  } catch {
    // A folder of that name, or what cannot be read, is in the way as well.
    return existsSync(place) ? "" : undefined;
  }
}

function sayTaken(taken: readonly Placed[], io: Io): ExitCode {
  const { value, many } =
    taken.length === 1 ? { value: "A file is", many: "it" } : { value: `${taken.length} files are`, many: "them" };
  const list = taken.map(({ place }) => `\n    ${shown(place, io)}`).join("");
  const help = `Nothing was written. Take another folder, or move ${many} away first.`;
  return say(
    io,
    refuse(exit.refused, `${value} there already, and not as init would write ${many}:${list}`, help).refusal,
  );
}

function tell(files: readonly Placed[], made: readonly Placed[], folder: string, vrsky: string, io: Io): void {
  const { bold, cyan, dim, green, yellow } = paint(io.colorErr);
  const where = shown(folder, io);
  if (made.length === 0) io.err(`${green("as it was:")} ${where} holds all that init would write\n`);
  else {
    io.err(`\n${green("✓")} ${bold(where === "." ? basename(folder) : where)}\n`);
    const rows = made.map(({ place, about }) => ({ path: relative(folder, place).replaceAll("\\", "/"), about }));
    for (const { branch, name, about } of tree(rows)) io.err(`${dim(branch)}${name}${dim(about)}\n`);
  }
  for (const { place, optional, before, text } of files) {
    if (optional !== true || before === undefined || before === text) continue;
    const more =
      basename(place) === ".gitignore" && !/^\/?\.vrsky\/?$/m.test(before) ? "; add the line .vrsky/ to it" : "";
    io.err(`${yellow("kept:")} ${shown(place, io)} was there before${more}\n`);
  }
  io.err(`\n  ${bold("next")}\n`);
  if (where !== ".") io.err(`    ${cyan(`cd ${shellWord(where.startsWith("-") ? `./${where}` : where)}`)}\n`);
  io.err(`    ${cyan(`${vrsky} dev`)}    ${dim("and, in another terminal:")}\n    ${cyan(firstRequest())}\n\n`);
}
