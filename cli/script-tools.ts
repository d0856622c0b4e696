// esbuild as the compiler wants it: loaded when a script is there to be transformed.

import { createRequire } from "node:module";
import type * as Esbuild from "esbuild";
import type { ScriptTools } from "../compiler/script/bundle.ts";

export function scriptTools(): ScriptTools {
  let esbuild: typeof Esbuild | undefined;
  return {
    transform: (text, file) => {
      esbuild ??= createRequire(import.meta.url)("esbuild") as typeof Esbuild;
      try {
        const options = { loader: "ts", format: "cjs", target: "es2022", charset: "utf8", logLevel: "silent" } as const;
        return { code: esbuild.transformSync(text, { ...options, sourcefile: file }).code };
      } catch (error) {
        return toProblem(error);
      }
    },
  };
}

function toProblem(error: unknown) {
  const { errors } = error as Partial<Esbuild.TransformFailure>;
  const first = errors?.[0];
  if (first === undefined) throw error;
  const at = { line: first.location?.line ?? 1, column: (first.location?.column ?? 0) + 1 };
  return { message: `The script does not parse: ${first.text.charAt(0).toLowerCase()}${first.text.slice(1)}.`, at };
}
