// GitHub webhook → Slack: events as GitHub signs them, a channel that takes one message a second, one redelivery and one
// forgery.

import { createHmac } from "node:crypto";
import type { Demo } from "../demo/demo.ts";
import { openStage } from "../demo/stage.ts";
import { slackServer } from "../servers/slack.ts";

const secret = "demo-only-not-a-secret";
const pushes = 4;

export const githubToSlack: Demo = {
  name: "github-to-slack",
  title: "GitHub webhook → Slack",
  play: async ({ folder, io, check }) => {
    await using slack = await slackServer({ everyMs: 300 });
    await using stage = await openStage({
      workspace: new URL(".", import.meta.url).pathname,
      folder,
      secrets: { github_webhook: secret, slack_url: slack.url },
      io,
    });
    const send = (event: string, id: string, body: object, key = secret) =>
      deliver(`${stage.url}/github`, event, id, body, key);
    const main = Array.from({ length: pushes }, (_, index) => push(`change ${index}`, "main"));
    const statuses = await Promise.all(main.map((body, index) => send("push", `d-${index}`, body)));
    check(
      "signed events get 202",
      statuses.every((status) => status === 202),
    );
    check("the same delivery again gets 202", (await send("push", "d-0", push("change 0", "main"))) === 202);
    check("a forged one gets 401", (await send("push", "d-x", push("evil", "main"), "a guess")) === 401);
    await send("ping", "d-ping", { zen: "Keep it logically awesome." });
    await send("push", "d-branch", push("not yet", "topic"));
    check("every push to main is in the channel", await stage.until(() => stage.count("delivered") >= pushes));
    check("the ping and the branch are dropped", await stage.until(() => stage.count("dropped") >= 2));
    const texts = slack.posted.map((message) => JSON.stringify(message));
    for (const index of main.keys()) {
      check(`change ${index} stands there once`, texts.filter((text) => text.includes(`change ${index}`)).length === 1);
    }
    check(
      "Slack found nothing wrong with them",
      [...slack.refused.keys()].every((word) => word === "ratelimited"),
    );
    const waits = slack.refused.get("ratelimited") ?? 0;
    return `${pushes} of ${pushes} pushes announced, the redelivery not again; Slack asked ${waits} times to wait`;
  },
};

const push = (message: string, branch: string) => ({
  ref: `refs/heads/${branch}`,
  deleted: false,
  pusher: { name: "ann", email: "ann@example.com" },
  repository: { id: 1, full_name: "acme/shop", private: true },
  compare: "https://github.com/acme/shop/compare/0000000...1111111",
  commits: [{ id: "1111111aaaaaaa", message, author: { name: "Ann" } }],
});

async function deliver(url: string, event: string, id: string, value: object, key: string): Promise<number> {
  const body = JSON.stringify(value);
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-github-delivery": id,
      "x-github-event": event,
      "x-hub-signature-256": `sha256=${createHmac("sha256", key).update(body).digest("hex")}`,
    },
  });
  await response.arrayBuffer();
  return response.status;
}
