// What the pure steps make of a message, walked again with a bundle that is known. Success writes nothing, so this is
// how it is told afterwards whether a message that is done was delivered or dropped, and where. Nothing is asked and
// nothing delivered; where steps ask, the answer of that time is not known and neither is the result.

import { metaOf } from "../../runtime/envelope.ts";
import { createLibrary } from "../../runtime/expression/library.ts";
import { loadProgram, type Program } from "../../runtime/program.ts";
import { reasonOf } from "../../runtime/start-failure.ts";
import type { CodedBundle, OnError, Place } from "../../schema/bundle.ts";
import type { Envelope } from "../../schema/envelope.ts";
import type { Json, JsonObject } from "../../schema/json.ts";
import type { ErrorClass } from "../../schema/outcome.ts";
import type { Scope, WalkedOne } from "../../schema/worker.ts";

export type Recomputed =
  /** `unless`: what the target said is not kept, and its on-error gives such errors up without a record. */
  | { readonly kind: "delivers"; readonly unless?: readonly ErrorClass[] }
  | { readonly kind: "drops"; readonly reason: string; readonly place?: Place }
  | { readonly kind: "fails"; readonly class: ErrorClass; readonly message: string; readonly place?: Place }
  /** It is split; `item` is `.0`, `.3.1`. */
  | { readonly kind: "splits"; readonly items: readonly { readonly item: string; readonly result: Recomputed }[] }
  | { readonly kind: "unknown"; readonly why: string };

/** Secrets reach no filter and no route: no value of theirs is needed. `settings`: the context's, as they are now. */
export async function programOf(coded: CodedBundle, settings: JsonObject): Promise<Program | string> {
  const secrets = Object.fromEntries(coded.bundle.secrets.map((name) => [name, ""]));
  try {
    return await loadProgram(coded, { settings, secrets }, () => createLibrary());
  } catch (error) {
    return reasonOf(error);
  }
}

export function recompute({ bundle, code, env }: Program, target: string, envelope: Envelope): Recomputed {
  if (!Object.hasOwn(bundle.targets, target)) {
    return { kind: "unknown", why: "the bundle that accepted it has no such target" };
  }
  const body = bodyOf(envelope.body);
  if (body === undefined) return { kind: "fails", class: "invalid", message: "the stored body is not JSON" };
  const { headers, error } = envelope;
  const scope: Scope = { ...env, body: body.value, headers, meta: metaOf(envelope) };
  const unless = givenUp(bundle.targets[target]?.onError);
  const one = (walked: WalkedOne): Recomputed => told(walked, bundle.places, unless);
  try {
    const walked = code.walk(error === undefined ? scope : { ...scope, error }, target);
    if (walked.kind !== "many") return one(walked);
    const items = walked.items.map((item, index) => ({ item: item.item ?? `.${index}`, result: one(item) }));
    return { kind: "splits", items };
  } catch (thrown) {
    return { kind: "unknown", why: `its steps cannot be walked: ${reasonOf(thrown)}` };
  }
}

/** After retries there is a record; what is refused at once leaves none. */
const givenUp = (onError: OnError | undefined): readonly ErrorClass[] =>
  (["not-found", "rejected"] as const).filter((kind) => ["drop", "continue"].includes(String(onError?.[kind])));

function told(walked: WalkedOne, places: readonly Place[], unless: readonly ErrorClass[]): Recomputed {
  switch (walked.kind) {
    case "deliver":
      return unless.length === 0 ? { kind: "delivers" } : { kind: "delivers", unless };
    case "drop":
      return { kind: "drops", reason: walked.reason, ...at(places[walked.place]) };
    case "failed":
      return { kind: "fails", class: walked.class ?? "invalid", message: walked.message, ...at(places[walked.place]) };
    case "ask":
      return { kind: "unknown", why: `its steps asked \`${walked.ask}\`, and the answer was not kept` };
    default:
      return walked satisfies never;
  }
}

const at = (place: Place | undefined): { readonly place?: Place } => (place === undefined ? {} : { place });

function bodyOf(bytes: Uint8Array): { readonly value: Json } | undefined {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return undefined;
  }
}
