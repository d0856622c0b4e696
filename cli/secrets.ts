// Secret values of a context: from the environment or from a file. A name without a value is an error, never empty.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse } from "yaml";
import { isJsonObject } from "../schema/json.ts";
import type { SecretsProvider } from "../schema/manifest.ts";
import { exit, ok, type Result, refuse } from "./exit.ts";

export type SecretValues = Readonly<Record<string, string>>;

/** `VRSKY_SECRET_ACME_SLACK_URL` */
function secretVariable(tenant: string, name: string): string {
  return `VRSKY_SECRET_${`${tenant}_${name}`.replaceAll("-", "_").toUpperCase()}`;
}

export function readSecrets(
  provider: SecretsProvider,
  tenant: string,
  names: readonly string[],
  from: { readonly folder: string; readonly env: Readonly<Record<string, string | undefined>> },
): Result<SecretValues> {
  const values =
    provider === "env" ? environment(tenant, names, from.env) : file(resolve(from.folder, provider.file), tenant);
  if (!values.ok) return values;
  const missing = names.filter((name) => values.value[name] === undefined || values.value[name] === "");
  if (missing.length > 0) {
    const where =
      provider === "env"
        ? `set ${missing.map((name) => secretVariable(tenant, name)).join(", ")}`
        : `add ${missing.join(", ")} under \`${tenant}:\` in ${provider.file}`;
    return refuse(
      exit.findings,
      `Secrets of tenant ${tenant} without a value: ${missing.join(", ")}.`,
      `To go on, ${where}.`,
    );
  }
  return ok(Object.fromEntries(names.map((name) => [name, values.value[name] ?? ""])));
}

function environment(
  tenant: string,
  names: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Result<SecretValues> {
  return ok(
    Object.fromEntries(
      names.flatMap((name) => {
        const value = env[secretVariable(tenant, name)];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  );
}

function file(path: string, tenant: string): Result<SecretValues> {
  try {
    const all: unknown = parse(readFileSync(path, "utf8"));
    const own = isJsonObject(all) ? all[tenant] : undefined;
    return ok(
      isJsonObject(own) ? Object.fromEntries(Object.entries(own).map(([name, value]) => [name, String(value)])) : {},
    );
  } catch (error) {
    return refuse(
      exit.findings,
      `The secrets file ${path} cannot be read: ${error instanceof Error ? (error.message.split("\n")[0] ?? "") : "unknown"}.`,
    );
  }
}
