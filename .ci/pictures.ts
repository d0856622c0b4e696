// The pictures of the README and of docs/pictures.md: `npx tsx .ci/pictures.ts` draws them from the examples.

import { mkdirSync } from "node:fs";
import { ok } from "../cli/exit.ts";
import { processIo } from "../cli/io.ts";
import { integrationsGraph } from "../cli/picture/detail.ts";
import { workspaceGraph } from "../cli/picture/overview.ts";
import { fullName, integrationsOf, withSurvey } from "../cli/picture/survey.ts";
import { svg } from "../cli/picture/svg.ts";
import { written } from "./written.ts";

const folder = new URL("..", import.meta.url).pathname;
const shown = "shop/orders";

const drawn = withSurvey("examples", { ...processIo(), cwd: folder }, (survey) => {
  const orders = integrationsOf(survey.workspace).filter((integration) => fullName(integration) === shown);
  return ok({ "examples.svg": svg(workspaceGraph(survey)), "orders.svg": svg(integrationsGraph(orders, survey)) });
});
if (!drawn.ok) throw new Error(drawn.refusal.message);
mkdirSync(new URL("../docs/pictures", import.meta.url), { recursive: true });
for (const [name, text] of Object.entries(drawn.value))
  written(`docs/pictures/${name}`, text, "npx tsx .ci/pictures.ts");
