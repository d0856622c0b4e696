// Where an author's messages may be published: not where VRSky or the server itself listens. The worker is given the
// right to publish there, so a subject whose first part is left to data would be a right to everything.

import { isReserved } from "../../schema/address.ts";
import type { Use } from "../integration.ts";
import { findingAt, type Report, type Value } from "../value.ts";

export function reportSubject({ manifest, settings }: Use, report: Report): void {
  const value = manifest.name === "nats" ? settings.find(({ key }) => key === "subject")?.value : undefined;
  const first = value === undefined ? undefined : firstToken(value);
  if (value === undefined || first === "") return;
  if (first === undefined) {
    const help = "Data may fill the parts behind it: `orders.${ body.country }`.";
    report(findingAt("VRS5004", value.site, { message: "The first part of a subject must be written out.", help }));
  } else if (isReserved(first)) {
    report(
      findingAt("VRS5004", value.site, {
        message: `Subjects that begin with \`${first}\` are used by VRSky and NATS themselves.`,
        help: "Choose another first part. What a tenant's stream holds is written with `stream: NAME`.",
      }),
    );
  }
}

/** Undefined when it is not written out; "" when there is none, which is told elsewhere. */
function firstToken(value: Value): string | undefined {
  if (value.kind === "constant") return String(value.value).split(".")[0];
  if (value.kind !== "text") return undefined;
  const [head] = value.parts;
  if (typeof head !== "string") return undefined;
  const end = head.indexOf(".");
  return end < 0 ? undefined : head.slice(0, end);
}
