// The changes of a declared rename: one for each pair of old and new, instead of something to delete and something to
// create.

import type { Change, FieldChange } from "../schema/plan.ts";
import type { Consumer, Deployment } from "../schema/topology.ts";
import { compareConfig, plain } from "./compare.ts";
import { consumerReplacement, migrates, restartsWorker, safe } from "./consequence.ts";
import type { ObservedConsumer, ObservedStream } from "./observe.ts";
import { consumerName, type WantedStream } from "./wanted.ts";

/** Either side may be missing while the rename is half done. */
export function renamedStream(
  tenant: string,
  { kind, name, config }: WantedStream,
  movedFrom: string,
  old: ObservedStream | undefined,
  arrived: ObservedStream | undefined,
): Change {
  const messages = Math.max(old?.messages ?? 0, arrived?.messages ?? 0);
  const fields = old === undefined ? [] : compareConfig(config, old.config).filter(isOfStream);
  return { action: "replace", kind, tenant, name, movedFrom, consequence: migrates(messages), fields };
}

/** Its name is in its subjects, and in the hash of what was wanted. */
const isOfStream = ({ field }: FieldChange): boolean => field !== "subjects" && !field.startsWith("metadata.");

export function renamedConsumer(
  tenant: string,
  consumer: Consumer,
  movedFrom: string,
  old: ObservedConsumer | undefined,
): Change {
  const fields =
    old === undefined
      ? []
      : compareConfig(plain(consumer.config), old.config).filter(
          ({ field }) => !["filter_subject", "durable_name"].includes(field) && !field.startsWith("metadata."),
        );
  const consequence = old === undefined ? safe : consumerReplacement(old);
  return { action: "replace", kind: "consumer", tenant, name: consumerName(consumer), movedFrom, consequence, fields };
}

/** Its dead letters, and what its sources remember, come along. */
export function renamedDeployment(
  tenant: string,
  { integration, bundle }: Deployment,
  movedFrom: string,
  before: string | null,
): Change {
  const fields = before === bundle ? [] : [{ field: "bundle", from: before, to: bundle }];
  const subject = { kind: "deployment" as const, tenant, name: integration, movedFrom };
  return { action: "replace", ...subject, consequence: restartsWorker, fields };
}
