// Where an author's messages may be published and read: not where VRSky or the server itself listens. The worker is given
// the right to it, so a subject whose first part is left open would be a right to everything.

import { bucketStream, isReserved, isReservedStream } from "../../schema/address.ts";
import type { Use } from "../integration.ts";
import { findingAt, type Report, type Value } from "../value.ts";

export function reportSubject({ manifest, settings }: Use, report: Report): void {
  if (manifest.name !== "nats") return;
  const given = (name: string) => settings.find(({ key }) => key === name)?.value;
  const [subject, stream, bucket] = [given("subject"), given("stream"), given("bucket")];
  if (subject !== undefined) reportFirst(subject, report);
  if (stream !== undefined) reportStream(stream, textOf(stream), report);
  if (bucket !== undefined) reportStream(bucket, bucketStream(textOf(bucket)), report);
}

const textOf = (value: Value): string => (value.kind === "constant" ? String(value.value) : "");

function reportFirst(value: Value, report: Report): void {
  const first = firstToken(value);
  if (first === "") return;
  if (first === undefined || first === "*" || first === ">") {
    const help =
      "What is left open may stand behind it: `orders.${ body.country }` where it is published, `orders.*` where it is read.";
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

function reportStream(value: Value, stream: string, report: Report): void {
  if (!isReservedStream(stream)) return;
  report(
    findingAt("VRS5004", value.site, {
      message: `\`${textOf(value)}\` is one of VRSky's own.`,
      help: "A declared stream is read with `source: { stream: NAME }`; what VRSky remembers is nobody's input.",
    }),
  );
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
