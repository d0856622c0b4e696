// GitHub's runner, as far as our action and workflow use it: jobs and steps read from their YAML, each script in bash
// with the variables and files that a runner hands it. What `uses:` would fetch is given by the test.

import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { type Contexts, condition, filled } from "./github-expression.ts";

type Texts = Readonly<Record<string, string>>;

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string | boolean | number>>;
  readonly env?: Texts;
  readonly run?: string;
}

interface Action {
  readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

interface Workflow {
  readonly defaults?: { readonly run?: { readonly "working-directory"?: string } };
  readonly jobs: Readonly<Record<string, Job>>;
}

interface Job {
  readonly if?: string;
  readonly needs?: string;
  readonly outputs?: Texts;
  readonly steps: readonly Step[];
}

export interface Done {
  readonly outcome: "success" | "failure" | "skipped";
  readonly outputs: Texts;
}

/** What stands for an action that is fetched: its outputs, or a failure thrown. */
export type Use = (given: Texts, job: JobRun) => Promise<Done>;

export interface JobRun {
  /** Of the checkout. */
  readonly workspace: string;
  readonly temp: string;
  /** Where scripts of the workflow run. */
  readonly below: string;
  /** What steps have put in front of the PATH. */
  path: string;
  readonly env: NodeJS.ProcessEnv;
  readonly github: Contexts;
  log: string;
  summary: string;
}

export interface Runner {
  /** Where jobs get their folders. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly github: Contexts;
  readonly secrets: Contexts;
  /** The repository's variables. */
  readonly vars?: Contexts;
  readonly uses: (name: string) => Use;
}

export interface JobDone extends Done {
  readonly log: string;
  readonly summary: string;
}

/** The jobs of a workflow in order; `before` is asked before each that runs. */
export async function playWorkflow(
  file: string,
  runner: Runner,
  before: (job: string) => Promise<void> = async () => undefined,
): Promise<Readonly<Record<string, JobDone>>> {
  const { jobs, defaults } = parse(await readFile(file, "utf8")) as Workflow;
  const done: Record<string, JobDone> = {};
  for (const [name, job] of Object.entries(jobs)) {
    const needed = job.needs === undefined ? undefined : done[job.needs];
    const failed = needed !== undefined && needed.outcome !== "success";
    const needs = job.needs === undefined ? {} : { [job.needs]: needed };
    if (!condition(job.if, { github: runner.github, vars: runner.vars ?? {}, needs }, failed)) {
      done[name] = { outcome: "skipped", outputs: {}, log: "", summary: "" };
      continue;
    }
    await before(name);
    done[name] = await playJob(job, runner, defaults?.run?.["working-directory"] ?? ".");
  }
  return done;
}

async function playJob(job: Job, runner: Runner, below: string): Promise<JobDone> {
  const temp = await mkdtemp(join(runner.folder, "job-"));
  const workspace = join(temp, "checkout");
  await mkdir(workspace);
  const run: JobRun = {
    workspace,
    temp,
    below,
    env: { ...runner.env, GITHUB_WORKSPACE: workspace, RUNNER_TEMP: temp },
    github: runner.github,
    path: runner.env.PATH ?? "",
    log: "",
    summary: "",
  };
  const contexts = { github: runner.github, secrets: runner.secrets, vars: runner.vars ?? {}, runner: { temp } };
  const { outcome, steps } = await playSteps(job.steps, contexts, run, runner.uses);
  const outputs = mapped(job.outputs ?? {}, (text) => filled(text, { ...contexts, steps }));
  return { outcome, outputs, log: run.log, summary: run.summary };
}

/** A composite action, with its own steps. */
export function composite(folder: string, given: Texts, uses: Runner["uses"]): Use {
  return async (inputsGiven, run) => {
    const action = parse(await readFile(join(folder, "action.yml"), "utf8")) as Action;
    const contexts = { github: run.github, runner: { temp: run.temp } };
    const defaults = mapped(action.inputs, (input) => filled(input.default ?? "", contexts));
    const inputs = { ...defaults, ...inputsGiven, ...given };
    const inside = { ...run, below: ".", env: { ...run.env, GITHUB_ACTION_PATH: folder } };
    const { outcome, steps } = await playSteps(action.runs.steps, { ...contexts, inputs }, inside, uses);
    run.path = inside.path;
    run.log = inside.log;
    run.summary = inside.summary;
    return { outcome, outputs: mapped(action.outputs, ({ value }) => filled(value, { steps })) };
  };
}

async function playSteps(all: readonly Step[], contexts: Contexts, run: JobRun, uses: Runner["uses"]) {
  const steps: Record<string, Done> = {};
  let failed = false;
  for (const [index, step] of all.entries()) {
    const known = { ...contexts, steps };
    const fill = (text: string | boolean | number): string => filled(String(text), known);
    let done: Done = { outcome: "skipped", outputs: {} };
    if (condition(step.if, known, failed)) {
      done =
        step.uses === undefined
          ? await script(step.run ?? "", mapped(step.env ?? {}, fill), run)
          : await uses(step.uses)(mapped(step.with ?? {}, fill), run);
    }
    if (done.outcome === "failure") failed = true;
    steps[step.id ?? `step-${index}`] = done;
  }
  return { outcome: failed ? ("failure" as const) : ("success" as const), steps };
}

async function script(text: string, env: Texts, run: JobRun): Promise<Done> {
  const folder = await mkdtemp(join(run.temp, "step-"));
  const files = {
    GITHUB_OUTPUT: join(folder, "output"),
    GITHUB_PATH: join(folder, "path"),
    GITHUB_STEP_SUMMARY: join(folder, "summary.md"),
  };
  await Promise.all(Object.values(files).map((file) => writeFile(file, "")));
  await writeFile(join(folder, "script.sh"), text);
  const code = await new Promise<number | null>((resolve) => {
    const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", join(folder, "script.sh")], {
      cwd: join(run.workspace, run.below),
      env: { ...run.env, PATH: run.path, ...files, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        run.log += chunk;
      });
    }
    child.once("close", resolve);
  });
  run.summary += await readFile(files.GITHUB_STEP_SUMMARY, "utf8");
  for (const added of (await readFile(files.GITHUB_PATH, "utf8")).split("\n").filter((line) => line !== ""))
    run.path = `${added}:${run.path}`;
  const lines = (await readFile(files.GITHUB_OUTPUT, "utf8")).split("\n").filter((line) => line !== "");
  const outputs = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  return { outcome: code === 0 ? "success" : "failure", outputs };
}

const mapped = <T>(record: Readonly<Record<string, T>>, map: (value: T) => string): Texts =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
