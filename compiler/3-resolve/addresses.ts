// One owner per address: two integrations of a tenant may not claim the same path or file pattern. The manifest says
// which setting is an address (`owns`).

import type { Integration } from "../integration.ts";
import { findingAt, type Report, type Site } from "../value.ts";

export function reportSharedAddresses(integrations: readonly Integration[], report: Report): void {
  const owners = new Map<string, { readonly integration: string; readonly site: Site }>();
  const sources = integrations.flatMap((integration) => integration.sources.map(({ use }) => ({ integration, use })));
  for (const { integration, use } of sources) {
    const owns = use.manifest.source?.owns;
    const setting = use.settings.find((candidate) => candidate.key === owns);
    if (setting?.value.kind !== "constant") continue;
    const address = String(setting.value.value);
    const key = `${integration.tenant}\n${use.manifest.name}\n${use.connection?.name ?? ""}\n${address}`;
    const owner = owners.get(key);
    if (owner === undefined) {
      owners.set(key, { integration: integration.name, site: setting.value.site });
      continue;
    }
    report(
      findingAt("VRS5001", setting.value.site, {
        message: `\`${address}\` already belongs to integration \`${owner.integration}\`.`,
        help: `Choose another ${setting.key}, or route from one integration to several targets.`,
        labels: [
          {
            file: owner.site.spec.file,
            range: owner.site.spec.locate(owner.site.path),
            message: `owned by ${owner.integration}`,
          },
        ],
      }),
    );
  }
}
