// Values of settings and secrets in a case: its own, else the workspace's defaults, else stand-ins that nobody takes for
// real ones. Nothing is read from the environment.

import type { Tests } from "../../compiler/3-resolve/tests.ts";
import type { Bundle } from "../../schema/bundle.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import type { Env } from "../../schema/worker.ts";
import { type Case, objectIn } from "./case.ts";

export function valuesOf(bundle: Bundle, { settings, secrets }: Case, tests: Tests): Env {
  const types = objectIn(tests.settings.properties);
  return {
    settings: Object.fromEntries(
      bundle.settings.map((name) => [
        name,
        settings[name] ?? tests.defaults[name] ?? standIn(objectIn(types[name]), name),
      ]),
    ),
    secrets: Object.fromEntries(bundle.secrets.map((name) => [name, secrets[name] ?? `made-up-${name}`])),
  };
}

/** A value of that type. */
function standIn(type: JsonObject, name: string): Json {
  const { enum: values, const: only, type: kind } = type;
  if (only !== undefined) return only;
  if (Array.isArray(values)) return values[0] ?? null;
  switch (Array.isArray(kind) ? kind[0] : kind) {
    case "number":
    case "integer":
      return typeof type.minimum === "number" ? type.minimum : 1;
    case "boolean":
      return true;
    case "array":
      return [];
    case "object": {
      const properties = objectIn(type.properties);
      const required = Array.isArray(type.required) ? type.required.map(String) : [];
      return Object.fromEntries(required.map((key) => [key, standIn(objectIn(properties[key]), key)]));
    }
    default: {
      const plain = name.replaceAll(/[^A-Za-z0-9]+/g, "-").toLowerCase();
      return /url$/i.test(name) && !isJsonObject(type.pattern) ? `https://${plain}.example.com` : `made-up-${plain}`;
    }
  }
}
