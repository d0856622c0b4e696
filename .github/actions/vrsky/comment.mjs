// The plan as a comment on the pull request: one for each workspace and context, found again by its first line and
// kept up to date. A comment that cannot be written (the token of a fork may only read) is a warning.

import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

const { env } = process;
const api = env.GITHUB_API_URL ?? "https://api.github.com";
const repository = `${api}/repos/${env.GITHUB_REPOSITORY}`;
const word = (text) => (text ?? "").replaceAll(/[^\w./]/g, "_");
const marker = `<!-- vrsky plan of ${word(env.WORKSPACE)} in ${word(env.CONTEXT)} -->`;

async function ask(method, url, body) {
  const answer = await fetch(url, {
    method,
    headers: {
      accept: "application/vnd.github+json",
      authorization: `Bearer ${env.TOKEN}`,
      "content-type": "application/json",
      "user-agent": "vrsky",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  if (!answer.ok) throw new Error(`GitHub answered ${answer.status} to ${method} ${new URL(url).pathname}`);
  return await answer.json();
}

/** Written by a bot or by somebody of the repository: an outsider's comment with our first line is not ours. */
const ours = ({ body, user, author_association: by }) =>
  body?.startsWith(marker) && (user?.type === "Bot" || ["OWNER", "MEMBER", "COLLABORATOR"].includes(by));

async function find(number) {
  for (let page = 1; page <= 50; page += 1) {
    const comments = await ask("GET", `${repository}/issues/${number}/comments?per_page=100&page=${page}`);
    const found = comments.find(ours);
    if (found !== undefined || comments.length < 100) return found;
  }
  return undefined;
}

const escaped = (text) => text.replaceAll(/[^\p{L}\p{N} ]/gu, (char) => `&#${char.codePointAt(0)};`);

/** What the plan said last, without colours. */
const said = () =>
  stripVTControlCharacters(readFileSync(`${env.WORK}/plan.log`, "utf8"))
    .trim()
    .slice(-4000);

function text(commit) {
  const at = `<sub>Commit ${commit}</sub>`;
  if (env.VALIDATED !== "success")
    return `### VRSky\n\n❌ **The workspace does not compile.** The findings are annotated at their places.\n\n${at}`;
  if (env.PLANNED === "failure")
    return `### VRSky\n\n❌ **There is no plan.**\n\n<pre>${escaped(said())}</pre>\n\n${at}`;
  return `${readFileSync(`${env.WORK}/plan.md`, "utf8")}\n${at}`;
}

try {
  const { pull_request: pull } = JSON.parse(readFileSync(env.GITHUB_EVENT_PATH, "utf8"));
  const body = `${marker}\n${text(pull.head.sha)}`;
  const known = await find(pull.number);
  if (known === undefined) await ask("POST", `${repository}/issues/${pull.number}/comments`, { body });
  else if (known.body !== body) await ask("PATCH", `${repository}/issues/comments/${known.id}`, { body });
} catch (error) {
  const line = `${error.message} ${error.cause?.message ?? ""}`.replaceAll(/[\r\n%]+/g, " ").trim();
  process.stdout.write(`::warning title=vrsky::The plan could not be written as a comment: ${line}\n`);
}
