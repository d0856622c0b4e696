// Which integrations a file has a part in: those that it holds, and those that use its fragments, connections and
// templates.

import { allSteps } from "./3-resolve/integration.ts";
import type { Integration, Step, Use, Workspace } from "./integration.ts";

export function integrationsOf(workspace: Workspace | undefined, file: string): readonly Integration[] {
  const all = workspace?.tenants.flatMap((tenant) => tenant.integrations) ?? [];
  // A template knows nothing of who names it.
  if (!/\.ya?ml$/.test(file)) return all;
  const own = all.filter(({ site }) => site.spec.file === file);
  return own.length > 0 ? own : all.filter((integration) => hasPart(integration, file));
}

function hasPart({ sources, targets, steps }: Integration, file: string): boolean {
  const walked: readonly Step[] = allSteps([...sources, { steps }, ...targets]);
  const uses: readonly Use[] = [
    ...[...sources, ...targets].map(({ use }) => use),
    ...sources.flatMap(({ poll }) => (poll === undefined ? [] : [poll.use])),
    ...walked.flatMap((step) => (step.kind === "call" ? [step.use] : [])),
  ];
  return (
    walked.some(({ site }) => site.spec.file === file) ||
    uses.some(({ connection }) => connection?.site.spec.file === file)
  );
}
