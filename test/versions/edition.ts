// The workspace that a fleet runs: integrations of the fault lab, one deployment after the other. What a message becomes
// stays the same, so that one ledger judges all of them; which deployment delivered it, the target is told in a header.

import type { LabIntegration } from "../faults/integrations.ts";
import type { FleetOptions } from "./fleet.ts";

const editionHeader = "x-edition";

/** Every third takes messages in under another contract. */
export function workspaceOf(
  integrations: readonly LabIntegration[],
  edition: number,
  { timeout }: Pick<FleetOptions, "timeout">,
): Readonly<Record<string, string>> {
  const settings = integrations.map(({ name }) => `${settingOf(name)}: string`).join(", ");
  const values = integrations.map(({ name }) => `${settingOf(name)}: "http://127.0.0.1:1"`).join(", ");
  return {
    "vrsky.yaml": `workspace: fleet
language: 1
settings: { ${settings} }
contexts: { dev: { settings: { ${values} } } }
`,
    "tenants/acme/tenant.yaml": "tenant: acme\n",
    ...Object.fromEntries(
      integrations.map((each) => [`tenants/acme/${each.name}.yaml`, textOf(each, edition, timeout)]),
    ),
  };
}

/** Each integration has a receiver of its own. */
export const settingOf = (integration: string): string => `at${integration}`;

const textOf = ({ name, text }: LabIntegration, edition: number, timeout: string): string =>
  text
    .replaceAll("timeout: 1s", `timeout: ${timeout}`)
    .replaceAll("settings.receiver", `settings.${settingOf(name)}`)
    .replaceAll("http: { url:", `http: { headers: { ${editionHeader}: "e${edition}" }, url:`)
    .replace("contract: {", `contract: { unused${Math.floor(edition / 3)}?: string,`);
