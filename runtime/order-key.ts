// Where a message lies in the intake. With `order-by` its key says in which partition, so that whatever has the same key
// stands in one line. The id alone says whether it is there already, whatever its key has become since.

import { createHash } from "node:crypto";
import * as address from "../schema/address.ts";
import type { Place } from "../schema/bundle.ts";
import type { Json } from "../schema/json.ts";
import { orderTarget, type Scope, type Walked } from "../schema/worker.ts";
import { metaOf, type Received } from "./envelope.ts";
import type { Program } from "./program.ts";
import { expectNoneUnder, expectSequence } from "./publish.ts";
import { reasonOf } from "./start-failure.ts";

export type Lies =
  | { readonly kind: "lies"; readonly subject: string; readonly headers: Readonly<Record<string, string>> }
  /** The key cannot be had. */
  | { readonly kind: "failed"; readonly message: string };

/** `value`: the body, parsed. The headers refuse an id that is stored. */
export function placeInIntake(program: Program, integration: string, envelope: Received, value: Json): Lies {
  const { order, transport } = program.bundle;
  if (transport === "ephemeral") {
    return { kind: "lies", subject: address.ephemeralSubject(integration, envelope.source), headers: {} };
  }
  const hash = address.idHash(envelope.id);
  if (order === undefined) {
    return { kind: "lies", subject: address.intakeSubject(integration, hash), headers: expectSequence(0) };
  }
  const key = keyOf(program, envelope, value);
  if (key.kind === "failed")
    return { kind: "failed", message: `${key.message} (${placeText(key.place ?? order.place)})` };
  const subject = address.intakeSubject(integration, hash, partitionOf(key.key, order.partitions));
  return { kind: "lies", subject, headers: expectNoneUnder(address.anyPartition(integration, hash)) };
}

/** Stable for ever: the messages of a key stay where its first one lies. */
export function partitionOf(key: string, partitions: number): number {
  return createHash("sha256").update(key, "utf8").digest().readUInt32BE(0) % partitions;
}

/** Undefined: the messages of this bundle have no order, or the key cannot be had. */
export function orderKeyOf(program: Program, envelope: Received, value: Json): string | undefined {
  if (program.bundle.order === undefined) return undefined;
  const key = keyOf(program, envelope, value);
  return key.kind === "key" ? key.key : undefined;
}

type Key =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "failed"; readonly message: string; readonly place?: Place };

function keyOf(program: Program, envelope: Received, value: Json): Key {
  // What no target gets has no order: it lies anywhere.
  const anywhere = { kind: "key", key: envelope.id } as const;
  const { error, headers } = envelope;
  const scope: Scope = {
    ...program.env,
    body: value,
    headers,
    meta: metaOf(envelope),
    ...(error === undefined ? {} : { error }),
  };
  const walked = walk(program, scope);
  switch (walked.kind) {
    case "deliver":
      return textOf(walked.settings.key);
    case "drop":
      return anywhere;
    case "failed": {
      const place = program.bundle.places[walked.place];
      return failed(walked.message, place);
    }
    case "ask":
      return failed("the key cannot be asked for: the source's own steps call something");
    case "many":
      return failed("the source's own steps split the message: it has no key as a whole");
    default:
      return walked satisfies never;
  }
}

function walk({ code }: Program, scope: Scope): Walked {
  try {
    return code.walk(scope, orderTarget);
  } catch (error) {
    return { kind: "failed", place: -1, message: reasonOf(error) };
  }
}

const failed = (message: string, place?: Place): Key => ({
  kind: "failed",
  message: `order-by: ${message}`,
  ...(place === undefined ? {} : { place }),
});

/** Types are promised, bodies of the contract `any` keep no promise. */
function textOf(key: Json | undefined): Key {
  if (typeof key === "string" || typeof key === "number" || typeof key === "boolean")
    return { kind: "key", key: `${key}` };
  return failed(`the key is ${key === undefined || key === null ? "missing" : "not a text, a number or a boolean"}`);
}

const placeText = ({ file, line, column }: Place): string => `${file}:${line}:${column}`;
