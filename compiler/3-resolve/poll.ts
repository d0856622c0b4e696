// `poll`: the request, what is asked of each page, and the cursor.

import { isJsonObject } from "../../schema/json.ts";
import type { Poll } from "../integration.ts";
import { child, findingAt, readValue, type Site } from "../value.ts";
import { pageScope, requestRoots } from "./scope.ts";
import type { Reading } from "./steps.ts";
import { resolveCall } from "./use.ts";

export function resolvePoll(raw: unknown, site: Site, reading: Reading): Poll | undefined {
  if (!isJsonObject(raw)) return undefined;
  const { around, report } = reading;
  const use = resolveCall(raw, site, around, [], report, requestRoots);
  if (use === undefined) return undefined;
  const value = (key: string) =>
    raw[key] === undefined ? {} : { [key]: readValue(raw[key], child(site, key), pageScope, report) };
  const contract = raw.contract === undefined ? undefined : reading.contract(raw.contract, child(site, "contract"));
  const { items } = raw;
  if (typeof items === "string" && !/^\$\{\s*page(?:\.[A-Za-z_$][\w$]*)*\s*\}\s*$/.test(items)) {
    report(
      findingAt("VRS2004", child(site, "items"), {
        message: "`items` is a path into the page.",
        help: "Such as `${ page.data }`; what is left out of it is a `filter` step.",
      }),
    );
  }
  const cursor = isJsonObject(raw.cursor) ? raw.cursor : undefined;
  const at = child(site, "cursor");
  return {
    use,
    ...(contract === undefined ? {} : { contract }),
    ...value("more"),
    ...value("items"),
    ...(cursor === undefined
      ? {}
      : {
          cursor: {
            start: readValue(cursor.start, child(at, "start"), { ...pageScope, roots: ["settings"] }, report),
            next: readValue(cursor.next, child(at, "next"), pageScope, report),
          },
        }),
  };
}
