// Evaluated settings are JSON: these give them their types. The compiler has checked what is written in a spec; what
// comes out of an expression is checked here, and an error names the setting, never its value.

import { isJsonObject, type Json, type JsonObject } from "../schema/json.ts";

const wrong = (key: string, wanted: string): Error => new Error(`\`${key}\` must be ${wanted}`);

/** Absent and null are the same: an optional value that an expression left out. */
const given = (settings: JsonObject, key: string): Json | undefined => settings[key] ?? undefined;

export function textSetting(settings: JsonObject, key: string): string | undefined {
  const value = given(settings, key);
  if (value === undefined || typeof value === "string") return value;
  throw wrong(key, "a text");
}

export function requiredText(settings: JsonObject, key: string): string {
  const value = textSetting(settings, key);
  if (value === undefined || value === "") throw wrong(key, "a text that is not empty");
  return value;
}

export function choiceSetting<const C extends string>(
  settings: JsonObject,
  key: string,
  choices: readonly C[],
): C | undefined {
  const value = textSetting(settings, key);
  if (value === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) throw wrong(key, `one of ${choices.join(", ")}`);
  return choice;
}

/** Durations arrive as milliseconds, sizes as bytes. */
export function numberSetting(settings: JsonObject, key: string, fallback: number): number {
  const value = given(settings, key);
  if (value === undefined) return fallback;
  if (typeof value === "number" && Number.isFinite(value) && value > 0) return value;
  throw wrong(key, "a number above 0");
}

export function objectSetting(settings: JsonObject, key: string): JsonObject | undefined {
  const value = given(settings, key);
  if (value === undefined || isJsonObject(value)) return value;
  throw wrong(key, "an object");
}

/** A text or a list of them, each not empty: a secret that is being replaced has two values. */
export function textsSetting(settings: JsonObject, key: string): readonly string[] {
  const value = given(settings, key);
  const list: readonly Json[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const texts = list.filter((item): item is string => typeof item === "string" && item !== "");
  if (texts.length === 0 || texts.length < list.length)
    throw wrong(key, "a text, or a list of texts, that is not empty");
  return texts;
}
