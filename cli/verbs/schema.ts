// vrsky schema: the JSON Schemas by which editors check and complete specs, with the names of this workspace in them.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { resolve as resolveSpecs } from "../../compiler/compile.ts";
import { manifests } from "../../connectors/all.ts";
import { shown } from "../compile-workspace.ts";
import { type ExitCode, exit, refuse } from "../exit.ts";
import { filesBelow } from "../files.ts";
import { type Io, say } from "../io.ts";
import { paint } from "../paint.ts";
import { progressWhile } from "../progress.ts";
import { namesOf } from "../schemas/names.ts";
import { schemasFolder, workspaceSchemas } from "../schemas/workspace-schemas.ts";
import { scriptTools } from "../script-tools.ts";
import { table } from "../table.ts";

export interface SchemaOptions {
  readonly write: boolean;
  readonly check: boolean;
  readonly json: boolean;
}

export function schemaVerb(path: string, options: SchemaOptions, io: Io): ExitCode {
  const folder = resolve(io.cwd, path);
  if (!existsSync(join(folder, "vrsky.yaml"))) {
    const why = `${shown(folder, io)} is no workspace: it has no vrsky.yaml.`;
    return say(io, refuse(exit.findings, why, "Name the folder that holds vrsky.yaml.").refusal);
  }
  const wanted = progressWhile(io, "reading the workspace", () => schemaTexts(folder));
  if (options.check) return checkSchemas(folder, wanted, io);
  if (options.write) return writeAll(folder, wanted, io);
  if (options.json) {
    const schemas = Object.fromEntries([...wanted].map(([file, text]) => [file, JSON.parse(text)]));
    io.out(`${JSON.stringify({ schemas }, undefined, 2)}\n`);
    return exit.ok;
  }
  const color = paint(io.colorOut);
  const rows = [...wanted.keys()].map((file) => [{ text: file, paint: color.cyan }, { text: filesOf(file) }]);
  io.out(`${table([{ text: "schema" }, { text: "of" }], rows, color).join("\n")}\n`);
  io.err("`vrsky schema --write` writes them; docs/editor.md says how editors find them.\n");
  return exit.ok;
}

/** What the files hold, by path below the workspace. It is known however much of the workspace is wrong. */
export function schemaTexts(folder: string): ReadonlyMap<string, string> {
  const options = { root: folder, files: filesBelow(folder), manifests, scripts: scriptTools() };
  const { specs, contracts } = resolveSpecs(options, () => undefined);
  const schemas = workspaceSchemas(manifests, namesOf(specs, contracts.keys()));
  return new Map([...schemas].map(([file, schema]) => [file, `${JSON.stringify(schema)}\n`]));
}

/** The number of files that were not there, or not so. */
export function writeSchemas(folder: string, wanted = schemaTexts(folder)): number {
  const stale = staleFiles(folder, wanted);
  if (stale.length > 0) {
    mkdirSync(join(folder, schemasFolder), { recursive: true });
    writeFileSync(join(folder, schemasFolder, ".gitignore"), "*\n");
  }
  for (const file of stale) {
    const text = wanted.get(file);
    if (text === undefined) rmSync(join(folder, file));
    else {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
  }
  return stale.length;
}

function writeAll(folder: string, wanted: ReadonlyMap<string, string>, io: Io): ExitCode {
  const written = writeSchemas(folder, wanted);
  const said = written === 0 ? "up to date" : `${written} of ${wanted.size} written`;
  io.err(`${paint(io.colorErr).green("schemas:")} ${said} in ${shown(join(folder, schemasFolder), io)}\n`);
  return exit.ok;
}

function checkSchemas(folder: string, wanted: ReadonlyMap<string, string>, io: Io): ExitCode {
  const stale = staleFiles(folder, wanted);
  if (stale.length === 0) return exit.ok;
  const why = `Stale: ${stale.join(", ")}.`;
  return say(io, refuse(exit.findings, why, "Run `vrsky schema --write`.").refusal);
}

/** Those that differ, are missing, or belong to a tenant that is gone. */
function staleFiles(folder: string, wanted: ReadonlyMap<string, string>): readonly string[] {
  const there = ["", "/tenants"].flatMap((below) => {
    const at = `${schemasFolder}${below}`;
    if (!existsSync(join(folder, at))) return [];
    return readdirSync(join(folder, at)).flatMap((name) => (name.endsWith(".json") ? [`${at}/${name}`] : []));
  });
  const all = [...new Set([...wanted.keys(), ...there])].sort();
  return all.filter((file) => {
    const path = join(folder, file);
    return !existsSync(path) || readFileSync(path, "utf8") !== wanted.get(file);
  });
}

function filesOf(schema: string): string {
  if (schema === `${schemasFolder}/workspace.json`) return "vrsky.yaml and other files at the top";
  const tenant = /\/tenants\/(.+)\.json$/.exec(schema)?.[1];
  return tenant === undefined ? "contracts/**" : `tenants/${tenant}/**`;
}
