// The package mirrors that the machine's own apt is set up with. A mirror that the machine trusts for its system is
// the one host that can be expected to answer behind a company's firewall, so none is named here.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** Base URLs of sources.list, sources.list.d/*.list (one line each) and *.sources (deb822), in apt's order. */
export async function readMirrors(aptDir: string): Promise<readonly string[]> {
  const parts = (await names(join(aptDir, "sources.list.d"))).map((name) => join(aptDir, "sources.list.d", name));
  const uris: string[] = [];
  for (const path of [join(aptDir, "sources.list"), ...parts]) {
    if (path.endsWith(".sources")) uris.push(...deb822Uris(await text(path)));
    else if (path.endsWith(".list")) uris.push(...oneLineUris(await text(path)));
  }
  const mirrors = (await Promise.all(uris.map(resolveUri))).flat().map((uri) => uri.replace(/\/+$/, ""));
  return [...new Set(mirrors)].filter((mirror) => URL.canParse(mirror));
}

/** `deb [options] URI suite component …`, comments and `deb-src` left out. */
function oneLineUris(content: string): readonly string[] {
  return content.split(/\r?\n/).flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+\S+/.exec(line);
    return match?.[1] === undefined ? [] : [match[1]];
  });
}

/** Stanzas of `Field: value` with continuation lines; disabled stanzas and those without binaries left out. */
function deb822Uris(content: string): readonly string[] {
  const lines = content.split(/\r?\n/).filter((line) => !line.startsWith("#"));
  return lines
    .join("\n")
    .split(/\n[ \t]*\n/)
    .map(fields)
    .filter((stanza) => words(stanza.get("types")).includes("deb"))
    .filter((stanza) => !/^(?:no|false|without|off|disable|0)$/i.test(stanza.get("enabled") ?? "yes"))
    .flatMap((stanza) => words(stanza.get("uris")));
}

/** The fields of one deb822 stanza, names in lower case, continuation lines joined by a space. */
export function fields(stanza: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const match of stanza.matchAll(/^([^\s:]+):[ \t]*(.*(?:\n[ \t]+.*)*)/gm)) {
    found.set((match[1] ?? "").toLowerCase(), (match[2] ?? "").replace(/\n[ \t]+/g, " ").trim());
  }
  return found;
}

/** Cloud images name a file of mirrors instead of a mirror; discs and the like cannot be fetched from. */
async function resolveUri(uri: string): Promise<readonly string[]> {
  if (/^https?:\/\//.test(uri)) return [uri];
  const list = /^mirror\+file:(?:\/\/)?(\/.*)$/.exec(uri)?.[1];
  if (list === undefined) return [];
  const lines = (await text(list)).split(/\r?\n/).map((line) => line.trim().split(/\s/)[0] ?? "");
  return lines.filter((line) => /^https?:\/\//.test(line));
}

const words = (value: string | undefined): readonly string[] =>
  (value ?? "").split(/\s+/).filter((word) => word !== "");

async function names(dir: string): Promise<readonly string[]> {
  return (await readdir(dir).catch(() => [])).sort();
}

async function text(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
