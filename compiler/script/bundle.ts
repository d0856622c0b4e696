// A script and what it imports, as one text that sets `$script`: each file transformed on its own, linked here. Imports
// are files of the workspace; Node's own modules and packages do not exist where scripts run.

import type { Position } from "../../schema/diagnostic.ts";

/** TypeScript to JavaScript, handed in: esbuild's `transformSync` in the format `cjs`. */
export interface ScriptTools {
  transform(text: string, file: string): { readonly code: string } | TransformProblem;
}

export interface TransformProblem {
  readonly message: string;
  readonly at: Position;
}

export interface ScriptProblem {
  readonly file: string;
  readonly kind: "missing" | "syntax" | "import" | "default";
  readonly message: string;
  readonly help?: string;
  readonly at: Position;
}

export interface Bundled {
  readonly code: string;
  /** The files that went into it, with what was written. */
  readonly files: ReadonlyMap<string, string>;
}

const start: Position = { line: 1, column: 1 };
const mostFiles = 100;

/** `read` gives the text of a file of the workspace. */
export function bundleScript(
  entry: string,
  read: (path: string) => string | undefined,
  tools: ScriptTools,
): Bundled | { readonly problem: ScriptProblem } {
  const files = new Map<string, string>();
  const modules: string[] = [];
  const waiting = [entry];
  for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
    if (files.has(file)) continue;
    const text = isBelow(file) ? read(file) : undefined;
    if (text === undefined || files.size === mostFiles) {
      const message = `There is no script \`${file}\` in the workspace.`;
      return { problem: { file, kind: "missing", message, at: start } };
    }
    files.set(file, text);
    const made = tools.transform(text, file);
    if (!("code" in made)) return { problem: { file, kind: "syntax", ...made } };
    const links: Record<string, string> = {};
    for (const [, name = ""] of made.code.matchAll(/\brequire\("((?:[^"\\]|\\.)*)"\)/g)) {
      if (!/^\.\.?\//.test(name)) return { problem: foreign(file, text, name) };
      const target = resolvePath(file, name);
      links[name] = target;
      waiting.push(target);
    }
    const linked = JSON.stringify(links);
    modules.push(`${JSON.stringify(file)}: [${linked}, function (module, exports, require) {\n${made.code}\n}]`);
  }
  if (!/^export\s+default\b|^export\s*\{[^}]*\bdefault\b/m.test(files.get(entry) ?? "")) {
    const message = "The script has no default export.";
    const help = "Write `export default (message) => …`.";
    return { problem: { file: entry, kind: "default", message, help, at: start } };
  }
  return { files, code: linkedText(entry, modules) };
}

function linkedText(entry: string, modules: readonly string[]): string {
  return `(() => {
const $modules = {
${modules.join(",\n")}
};
const $made = {};
const $load = (file) => {
  if ($made[file] !== undefined) return $made[file].exports;
  const [links, make] = $modules[file];
  const module = ($made[file] = { exports: {} });
  make(module, module.exports, (name) => $load(links[name]));
  return module.exports;
};
globalThis.$script = $load(${JSON.stringify(entry)}).default;
})();
`;
}

function foreign(file: string, text: string, name: string): ScriptProblem {
  const offset = Math.max(0, text.search(new RegExp(`["']${name.replaceAll(/[^\w/-]/g, ".")}["']`)));
  const before = text.slice(0, offset).split("\n");
  return {
    file,
    kind: "import",
    message: `\`${name}\` cannot be imported: a script sees files of its workspace and nothing else.`,
    help: "Import a file below the workspace by a relative path, or ask outside systems in a `call` step.",
    at: { line: before.length, column: (before.at(-1) ?? "").length + 1 },
  };
}

const isBelow = (path: string): boolean => !path.startsWith("/") && !path.split("/").includes("..");

/** `./lib.ts` beside `scripts/price.ts` → `scripts/lib.ts`; above the workspace it keeps its `..`. */
function resolvePath(from: string, name: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of name.split("/")) {
    if (part === "..") {
      if (parts.length === 0 || parts.at(-1) === "..") parts.push("..");
      else parts.pop();
    } else if (part !== ".") parts.push(part);
  }
  const path = parts.join("/");
  return /\.\w+$/.test(path) ? path.replace(/\.js$/, ".ts") : `${path}.ts`;
}
