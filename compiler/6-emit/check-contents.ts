// What fits where: the largest content that a source takes against the intake that carries its chunks and the bucket
// that keeps what is larger, in every context. And whether contents come to the targets that are to send them.

import { mostChunkedBytes } from "../../schema/content.ts";
import type { ManifestContext, Quotas } from "../../schema/manifest.ts";
import { leastContents } from "../../schema/quotas.ts";
import { parseSize, sizeText } from "../../schema/units.ts";
import { isBlob, largestContent } from "../3-resolve/objects.ts";
import type { Integration, Source, Tenant, Workspace } from "../integration.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";
import { type Readers, readersIn } from "./streams.ts";
import { sizesOf } from "./topology.ts";

export function checkContents(workspace: Workspace, report: Report): void {
  const { contexts, tenants } = workspace;
  const readers = readersIn(workspace);
  for (const tenant of tenants) {
    const told = new Set<Source>();
    checkSizes(tenant, readers, "", told, report);
    for (const { name, tenants: overlays } of contexts) {
      const own = overlayOf(overlays, tenant.name);
      if (own?.storage === undefined) continue;
      checkSizes({ ...tenant, quotas: { ...tenant.quotas, ...own } }, readers, ` in context \`${name}\``, told, report);
    }
    for (const integration of tenant.integrations) checkFlow(integration, report);
  }
}

const overlayOf = (overlays: ManifestContext["tenants"], tenant: string): Quotas | undefined =>
  overlays !== undefined && Object.hasOwn(overlays, tenant) ? overlays[tenant]?.quotas : undefined;

/** `told`: of these something was said already. */
function checkSizes(tenant: Tenant, readers: Readers, where: string, told: Set<Source>, report: Report): void {
  const { intake, bucket } = sizesOf(tenant, readers);
  for (const { sources, objects } of tenant.integrations) {
    for (const source of sources.filter((each) => !told.has(each))) {
      for (const { key, site, bytes } of sizesIn(source)) {
        const say = (message: string, help: string): void => {
          told.add(source);
          report(findingAt("VRS5007", site, { message: `${message}${where}.`, help }));
        };
        const chunked = Math.min(bytes, mostChunkedBytes);
        const large = sizeText(bytes);
        if (key !== "max-size" && bytes > mostChunkedBytes) {
          say(`A body of \`${key}\` is ${large}, and a message carries ${sizeText(mostChunkedBytes)} at most`, smaller);
        } else if (leastContents * chunked > intake) {
          const room = `An intake of ${roughly(intake)} has no room for ${leastContents} contents of ${sizeText(chunked)}`;
          say(room, fitting(key, intake, bytes > chunked));
        } else if (bytes > mostChunkedBytes && objects?.use === undefined && leastContents * bytes > bucket) {
          const room = `An object bucket of ${roughly(bucket)} has no room for ${leastContents} contents of ${large}`;
          say(room, `${fitting(key, bucket, false)} Or name a connection under \`objects:\` of the tenant.`);
        }
      }
    }
  }
}

const smaller = "Take it as `format: blob` with a `max-size`: then its bytes stay beside the message.";

function fitting(key: string, room: number, chunksOnly: boolean): string {
  const most = wholeMebibytes(room / leastContents);
  const less = most > 0 && !chunksOnly ? `State \`${key}: ${sizeText(most)}\` or less, or grant` : "Grant";
  return `${less} more under \`quotas.storage\`.`;
}

const mebibyte = 1024 * 1024;
const wholeMebibytes = (bytes: number): number => Math.floor(bytes / mebibyte) * mebibyte;

/** A share of a quota is seldom a round figure. */
const roughly = (bytes: number): string => sizeText(bytes < mebibyte ? bytes : wholeMebibytes(bytes));

/** Settings that say how large a body may be. */
const bodies = ["max-body", "max-record"];

interface Size {
  readonly key: string;
  readonly site: Site;
  readonly bytes: number;
}

function sizesIn(source: Source): readonly Size[] {
  const { use, site } = source;
  const content = largestContent(source);
  const given = use.settings.find(({ key }) => key === "max-size")?.value.site;
  if (content !== undefined) return [{ key: "max-size", site: given ?? child(use.site, "format"), bytes: content }];
  return use.settings.flatMap(({ key, value }) => {
    const bytes = bodies.includes(key) && value.kind === "constant" ? parseSize(String(value.value)) : undefined;
    return bytes === undefined ? [] : [{ key, site: value.site ?? site, bytes }];
  });
}

function checkFlow({ sources, targets, ephemeral }: Integration, report: Report): void {
  const taking = sources.filter(({ use }) => isBlob(use));
  const say = (at: Site, message: string, help: string, part: "key" | "value"): void =>
    report(findingAt("VRS5008", at, { message, help }, part));
  if (ephemeral) {
    for (const { use } of taking) {
      const message = "Nothing is kept of messages that are not stored, and no content.";
      say(child(use.site, "format"), message, "Remove `transport: ephemeral`, or take another format.", "value");
    }
  }
  for (const { use, batch, site } of targets.filter((target) => isBlob(target.use))) {
    if (taking.length === 0) {
      const message = "No source of this integration takes contents, so there is none to send.";
      const help = "Give a source `format: blob`, or send the body in another format.";
      say(child(use.site, "format"), message, help, "value");
    } else if (batch !== undefined) {
      say(child(site, "batch"), "A list of messages has no content to send.", "Remove `batch`.", "key");
    }
  }
}
