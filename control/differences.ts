// What long lists gain and lose, such as the rights of a worker: nobody finds one subject among fifty.

import { isJsonObject, type Json } from "../schema/json.ts";

/** `+ publish in.orders.m.>`, `- …`; undefined where both values are better shown whole. */
export function listDifference(from: Json, to: Json): readonly string[] | undefined {
  const [before, after] = [entries(from), entries(to)];
  if (before === undefined || after === undefined) return undefined;
  const [had, has] = [new Set(before), new Set(after)];
  return [
    ...after.filter((entry) => !had.has(entry)).map((entry) => `+ ${entry}`),
    ...before.filter((entry) => !has.has(entry)).map((entry) => `- ${entry}`),
  ];
}

/** Of lists by name; undefined for anything else. */
function entries(value: Json): readonly string[] | undefined {
  if (!isJsonObject(value)) return undefined;
  const lists = Object.entries(value);
  if (!lists.every(([, list]) => Array.isArray(list) && list.every((text) => typeof text === "string")))
    return undefined;
  return lists.flatMap(([name, list]) => (Array.isArray(list) ? list.map((text) => `${name} ${String(text)}`) : []));
}
