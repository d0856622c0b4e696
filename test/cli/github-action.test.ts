// CI played through: the workflow and the action as users copy them, their scripts in bash, with real git repositories,
// real nats-servers and a double of GitHub's API.

import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, test, vi } from "vitest";
import { parse } from "yaml";
import { readDeployments } from "../../control/deployment.ts";
import { headRevision, isDamaged } from "../../control/platform/revisions.ts";
import { command } from "../rig/command.ts";
import { type GitRig, gitRig } from "../rig/git.ts";
import { type GithubApi, githubApi } from "../rig/github-api.ts";
import { composite, type Done, type JobDone, playWorkflow, type Use } from "../rig/github-runner.ts";
import { type NatsRig, natsServer } from "../rig/nats.ts";

// Many processes start in these tests, beside others.
vi.setConfig({ testTimeout: 240_000 });

const root = new URL("../..", import.meta.url).pathname;
const workflow = join(root, "deploy/ci/github.yml");
const action = join(root, ".github/actions/vrsky");

const flow = (name: string): string => `integration: ${name}
source: { http: { path: /${name} }, contract: { id: string } }
targets: { out: { nats: { subject: ${name}.out } } }
`;
const spec = (name: string): string => `tenants/acme/${name}.yaml`;

interface Ci extends AsyncDisposable {
  readonly git: GitRig;
  readonly author: string;
  readonly nats: NatsRig;
  readonly api: GithubApi;
  /** The workflow for a pull request of this branch. */
  pull(
    branch: string,
    more?: { readonly fork?: boolean; readonly inputs?: Inputs },
  ): Promise<Readonly<Record<string, JobDone>>>;
  /** The workflow for a push to main. */
  push(before?: (job: string) => Promise<void>, inputs?: Inputs): Promise<Readonly<Record<string, JobDone>>>;
}

type Inputs = Readonly<Record<string, string>>;
const fine: Done = { outcome: "success", outputs: {} };

async function ci(files: (nats: NatsRig) => Readonly<Record<string, string>>): Promise<Ci> {
  const nats = await natsServer();
  const git = await gitRig(files(nats));
  const api = await githubApi("a-token");
  const author = join(git.folder, "author");
  const [bin = ""] = command;
  const play = async (
    event: object,
    name: string,
    sha: string,
    inputs: Inputs,
    before?: (job: string) => Promise<void>,
  ) => {
    const eventFile = join(git.folder, "event.json");
    await writeFile(eventFile, JSON.stringify(event));
    const artifacts = join(git.folder, `artifacts-${sha}`);
    await mkdir(artifacts, { recursive: true });
    const fork = name === "pull_request" && !JSON.stringify(event).includes('"acme/flows"');
    const checkout: Use = async (_, { workspace }) => {
      git.git(git.folder, "clone", "--quiet", "--no-checkout", author, workspace);
      git.git(workspace, "checkout", "--quiet", sha);
      return fine;
    };
    const upload: Use = async ({ path = "" }) => {
      await cp(path, join(artifacts, basename(path)));
      return fine;
    };
    const download: Use = async ({ path = "" }) => {
      await cp(artifacts, path, { recursive: true });
      return fine;
    };
    const uses = (name: string): Use => {
      if (name === "actions/checkout@v4") return checkout;
      if (name === "actions/upload-artifact@v4") return upload;
      if (name === "actions/download-artifact@v4") return download;
      if (name === "your-org/vrsky/.github/actions/vrsky@main") {
        return composite(action, { bin, "node-version": "", ...inputs }, uses);
      }
      throw new Error(`nobody gives ${name}`);
    };
    return playWorkflow(
      workflow,
      {
        folder: git.folder,
        env: {
          ...git.env,
          NO_COLOR: "1",
          GITHUB_ACTOR: "ada",
          GITHUB_RUN_ID: "42",
          GITHUB_SHA: sha,
          GITHUB_REPOSITORY: "acme/flows",
          GITHUB_EVENT_PATH: eventFile,
          GITHUB_API_URL: api.url,
        },
        github: { event_name: name, event, repository: "acme/flows", ref: "refs/heads/main", token: "a-token" },
        secrets: fork ? {} : { VRSKY_CREDS: JSON.stringify({ acme: nats.credentials() }) },
        uses,
      },
      before,
    );
  };
  const head = (branch: string): string => git.git(author, "rev-parse", branch);
  return {
    git,
    author,
    nats,
    api,
    pull: (branch, { fork = false, inputs = {} } = {}) => {
      const repo = { full_name: fork ? "mallory/flows" : "acme/flows" };
      const event = { pull_request: { number: 7, head: { sha: head(branch), repo } } };
      return play(event, "pull_request", head(branch), inputs);
    },
    push: (before, inputs = {}) => play({}, "push", head("main"), inputs, before),
    [Symbol.asyncDispose]: async () => {
      await api[Symbol.asyncDispose]();
      await nats[Symbol.asyncDispose]();
      await git[Symbol.asyncDispose]();
    },
  };
}

const shop = (nats: NatsRig) => ({
  "vrsky.yaml": `workspace: shop\nlanguage: 1\ncontexts: { prod: { nats: "${nats.url}" } }\n`,
  [spec("orders")]: flow("orders"),
});

const outcomes = (jobs: Readonly<Record<string, JobDone>>) =>
  Object.fromEntries(Object.entries(jobs).map(([name, { outcome }]) => [name, outcome]));

test("a pull request is checked and planned, with one comment; main is applied as it was approved", async () => {
  await using played = await ci(shop);
  const { git, author, api } = played;
  const first = await played.push();
  expect(outcomes(first)).toEqual({ plan: "success", apply: "success" });
  expect(first.apply?.log).toContain("revision 1");
  expect(first.apply?.summary).toContain("### VRSky apply: `shop` in `prod`");
  expect(first.apply?.summary).toContain("✅ Applied:");
  expect(outcomes(await played.push())).toEqual({ plan: "success", apply: "skipped" });

  git.git(author, "switch", "--quiet", "-c", "returns");
  const broken = flow("returns").replace(
    "id: string }",
    "id: string }\nsteps: [{ filter: \"${ body.ids === 'x' }\" }]",
  );
  await git.push(author, { [spec("returns")]: broken });
  const refused = await played.pull("returns");
  expect(outcomes(refused)).toEqual({ plan: "failure", apply: "skipped" });
  expect(refused.plan?.log).toContain("::error file=tenants/acme/returns.yaml,line=3,col=");
  expect(refused.plan?.summary).toContain("does not compile");
  expect(api.comments.map(({ body }) => body)).toEqual([expect.stringContaining("does not compile")]);

  await git.push(author, { [spec("returns")]: flow("returns") });
  const planned = await played.pull("returns", { inputs: { replay: "10" } });
  expect(outcomes(planned)).toEqual({ plan: "success", apply: "skipped" });
  expect(planned.plan?.summary).toContain("### VRSky plan: `shop` in `prod`");
  expect(api.comments.map(({ body }) => body)).toEqual([
    expect.stringContaining("| ➕ create | stream | `IN_returns` |"),
  ]);
  expect(api.comments[0]?.body).toContain("#### What the last 10 messages would become");
  expect(planned.plan?.log).not.toContain("password");
});

test("what was approved is refused once the cluster has changed, and runs when it is planned again", async () => {
  await using played = await ci(shop);
  const { git, author } = played;
  await git.push(author, { [spec("returns")]: flow("returns") });
  // While the plan waits for its approval, somebody else merges and applies.
  const stale = await played.push(async (job) => {
    if (job !== "apply") return;
    git.git(author, "switch", "--quiet", "-c", "hotfix", "main~1");
    await git.push(author, { [spec("hotfix")]: flow("hotfix") });
    git.git(author, "switch", "--quiet", "main");
    git.git(author, "merge", "--quiet", "--no-edit", "hotfix");
    expect(outcomes(await played.push())).toEqual({ plan: "success", apply: "success" });
  });
  expect(outcomes(stale)).toEqual({ plan: "success", apply: "failure" });
  expect(stale.apply?.log).toContain("Not applied (exit 3)");
  expect(stale.apply?.log).toContain("plan again");
  expect(stale.apply?.summary).toContain("❌ Not applied:");
});

test("a fork is checked only; a token that may not write and a foreign comment change nothing", async () => {
  await using played = await ci(shop);
  const { git, author, api } = played;
  git.git(author, "switch", "--quiet", "-c", "theirs");
  await git.push(author, { [spec("theirs")]: flow("theirs") });
  const forked = await played.pull("theirs", { fork: true });
  expect(outcomes(forked)).toEqual({ plan: "success", apply: "skipped" });
  expect(api.comments).toEqual([]);

  api.readOnly = true;
  const warned = await played.pull("theirs");
  expect(outcomes(warned)).toEqual({ plan: "success", apply: "skipped" });
  expect(warned.plan?.log).toContain(
    "::warning title=vrsky::The plan could not be written as a comment: GitHub answered 403",
  );

  api.readOnly = false;
  const foreign = "<!-- vrsky plan of . in prod -->\nNo changes, I promise.";
  api.comments.push({ id: 1, body: foreign, user: { type: "User" }, author_association: "NONE" });
  await played.pull("theirs");
  expect(api.comments.map(({ body }) => body)).toEqual([foreign, expect.stringContaining("Plan: ")]);
});

test("a plan that cannot be made fails the run, and the comment says why instead of an old plan", async () => {
  await using played = await ci(shop);
  const { git, author, api, nats } = played;
  git.git(author, "switch", "--quiet", "-c", "feature");
  await played.pull("feature");
  const wrong = JSON.stringify({ acme: { ...nats.credentials(), password: "</pre>@org" } });
  const refused = await played.pull("feature", { inputs: { creds: wrong } });
  expect(outcomes(refused)).toEqual({ plan: "failure", apply: "skipped" });
  expect(refused.plan?.log).toContain("::error title=vrsky plan::There is no plan (exit 77)");
  expect(api.comments.map(({ body }) => body)).toEqual([
    expect.stringMatching(/There is no plan.*\n\n<pre>error[^<]*<\/pre>/),
  ]);
  expect(`${refused.plan?.log} ${api.comments[0]?.body}`).not.toContain("@org");
});

test("the same commit on two servers: one comment for each context, the same bundles, the same commit on record", async () => {
  await using staging = await natsServer();
  await using played = await ci((nats) => ({
    ...shop(nats),
    "vrsky.yaml": `workspace: shop\nlanguage: 1\ncontexts:\n  prod: { nats: "${nats.url}" }\n  staging: { nats: "${staging.url}" }\n`,
  }));
  const { git, author, api, nats } = played;
  const inStaging = { context: "staging", creds: JSON.stringify({ acme: staging.credentials() }) };
  git.git(author, "switch", "--quiet", "-c", "feature");
  await played.pull("feature");
  await played.pull("feature", { inputs: inStaging });
  expect(api.comments.map(({ body }) => body)).toEqual([
    expect.stringContaining("`shop` in `prod`"),
    expect.stringContaining("`shop` in `staging`"),
  ]);
  for (const inputs of [inStaging, {}]) {
    expect(outcomes(await played.push(undefined, inputs))).toEqual({ plan: "success", apply: "success" });
  }
  const [prod, other] = [await live(nats), await live(staging)];
  expect(prod).toEqual(other);
  expect(prod).toEqual({
    bundles: [expect.stringMatching(/^[0-9a-f]+$/)],
    commit: git.git(author, "rev-parse", "main"),
  });
});

async function live(nats: NatsRig) {
  const connection = await nats.connect();
  const head = await headRevision(connection, "shop");
  const bundles = (await readDeployments(connection)).map(({ record }) => record?.bundle);
  return { bundles, commit: head === undefined || isDamaged(head) ? undefined : head.commit };
}

test("no input is ever text of a script", async () => {
  const { runs } = parse(await readFile(join(action, "action.yml"), "utf8")) as { runs: { steps: { run?: string }[] } };
  for (const { run } of runs.steps) expect(run ?? "").not.toContain("${{");
});
