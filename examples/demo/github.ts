// GitHub's side of the demo: push events with a valid or a forged signature.

import { createHmac } from "node:crypto";

export interface Push {
  readonly id: string;
  readonly branch: string;
  readonly message: string;
}

export async function sendPush(url: string, push: Push, secret: string): Promise<number> {
  const body = JSON.stringify({
    ref: `refs/heads/${push.branch}`,
    deleted: false,
    pusher: { name: "ann" },
    repository: { full_name: "acme/shop", private: true },
    head_commit: { message: push.message },
    commits: [{ message: push.message, author: { name: "Ann" } }],
  });
  const response = await fetch(url, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      "x-github-delivery": push.id,
      "x-github-event": "push",
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
    },
  });
  await response.arrayBuffer();
  return response.status;
}

/** What must arrive at the chat for a push. */
export const chatMessage = (push: Push) => ({
  channel: "deployments",
  text: `ann pushed 1 commit(s) to acme/shop: ${push.message}`,
  authors: ["Ann"],
});
