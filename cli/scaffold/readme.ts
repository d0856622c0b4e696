// The README of a new workspace: the next commands, and what lies where.

const firstOrder = { id: "o-1001", status: "paid", amount: 12.5, email: "ann@example.com" };

export const firstRequest = (port = 8080): string =>
  `curl -i http://127.0.0.1:${port}/acme/orders -H 'content-type: application/json' -d '${JSON.stringify(firstOrder)}'`;

/** `checks`: the workflow, below the repository. */
export const readme = (name: string, vrsky: string, checks: string): string => `# ${name}

Integrations as code, with VRSky: orders come in by a webhook, and those that are paid end as lines of a file.

\`\`\`sh
${vrsky} dev    # brings a NATS server, compiles, runs, and swaps in what you edit
${firstRequest()}
cat .vrsky/data/orders.jsonl
\`\`\`

While it runs, in a second terminal:

\`\`\`sh
${vrsky} trace ${firstOrder.id}    # what became of that very message, at each target
${vrsky} status          # what waits, is in flight, parked or dead
${vrsky} test --watch    # the cases, again with every edit
\`\`\`

| file | is |
|---|---|
| \`vrsky.yaml\` | the workspace, and where it runs |
| \`contracts/order@1.yaml\` | what an order is; a wrong field is found before anything runs |
| \`tenants/acme/orders.yaml\` | the integration: source → steps → targets |
| \`tenants/acme/orders.tests.yaml\` | what goes in and what must come out |
| \`${checks}\` | checks each pull request |

\`${vrsky} validate .\` tells every mistake at its place, \`${vrsky} explain VRS4002\` what a code means, \`${vrsky} --help\` what else there is.
`;
