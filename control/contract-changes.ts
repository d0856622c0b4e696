// Types that break importers: declared streams whose contract is not what it was when they were applied last, what is
// different about it, and who reads them.

import {
  type Breaks,
  type ContractVersion,
  contractDifferences,
  type Difference,
} from "../compiler/contract/breaking.ts";
import { canonical } from "../schema/canonical.ts";
import type { ContractChange } from "../schema/plan.ts";
import type { DeclaredStream, Topology } from "../schema/topology.ts";

/** Only streams that are in both; what differs in descriptions only is no change. */
export function contractChanges(before: Topology | undefined, wanted: Topology): readonly ContractChange[] {
  const known = new Map(
    (before?.tenants ?? []).flatMap(({ tenant, declared }) =>
      declared.map((stream) => [`${tenant}/${stream.name}`, stream] as const),
    ),
  );
  return wanted.tenants.flatMap(({ tenant, declared }) =>
    declared.flatMap((stream) => {
      const was = known.get(`${tenant}/${stream.name}`);
      const differences = was === undefined ? [] : compare(was, stream);
      if (was === undefined || differences.length === 0) return [];
      return [
        { tenant, stream: stream.name, differences: differences.map(told), breaks: broken(was, stream, differences) },
      ];
    }),
  );
}

function compare(was: DeclaredStream, is: DeclaredStream): readonly Difference[] {
  const [before, now] = [versionOf(was), versionOf(is)];
  return canonical(before) === canonical(now) ? [] : contractDifferences(before, now);
}

/** A stream of `any` takes and gives anything. */
function versionOf({ contract }: DeclaredStream): ContractVersion {
  if (contract === undefined) return { schema: {} };
  const { schema, refs } = contract;
  return refs === undefined ? { schema } : { schema, refs };
}

/** Those that run now meet new messages, those that will run meet the stored ones. */
function broken(was: DeclaredStream, is: DeclaredStream, differences: readonly Difference[]): readonly string[] {
  const breaks = new Set(differences.flatMap((difference) => difference.breaks));
  const readers = [...(breaks.has("running") ? was.readers : []), ...(breaks.has("stored") ? is.readers : [])];
  return [...new Set(readers)].sort();
}

const meaning: Readonly<Record<Breaks, string>> = {
  running: "readers that run now may refuse new messages",
  stored: "stored messages may not fit",
};

function told({ path, text, breaks }: Difference): string {
  const what = `${path === "" ? "the message" : path}: ${text}`;
  return breaks.length === 0 ? what : `${what} (${breaks.map((each) => meaning[each]).join("; ")})`;
}
