// The command line of what moves messages: dev, run.

import { type Command, InvalidArgumentError } from "commander";
import { allowNetwork, context, creds, examples, nats, noCache, type Shared, specs, workspace } from "./options.ts";

export function addRunCommands(program: Command, { io, done }: Shared): void {
  program
    .command("dev")
    .description("the local loop: embedded NATS, compile, apply, run, watch")
    .addArgument(specs())
    .option("--http-port <port>", "port of the webhooks", port, 8080)
    .option("--data-dir <dir>", "root of the file connector (default: WORKSPACE/.vrsky/data)")
    .addOption(allowNetwork("loopback private"))
    .option("--metrics-port <port>", "port of /metrics, /healthz, /readyz", port)
    .addHelpText("after", examples("vrsky dev", "vrsky dev examples --http-port 9000"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/dev.ts")).devVerb(path, options, io));
    });
  program
    .command("run")
    .description("run a worker of what is deployed, now and after each apply, until it is told to stop")
    .addArgument(workspace())
    .addOption(context())
    .addOption(nats())
    .addOption(creds())
    .option("--http-port <port>", "port of the webhooks", port, 8080)
    .option("--host <address>", "address that webhooks and metrics listen on", "0.0.0.0")
    .option("--data-dir <dir>", "root of the file connector; {tenant} in it: one for each", "data")
    .addOption(allowNetwork("none"))
    .option("--metrics-port <port>", "port of /metrics, /healthz, /readyz", port)
    .option("--local", "run the folder's own bundles, whatever is deployed", false)
    .addOption(noCache())
    .addHelpText("after", examples("vrsky run generated --context prod --metrics-port 9100", "vrsky run . --local"))
    .action(async (path: string, options) => {
      done(await (await import("./verbs/run.ts")).runVerb(path, options, io));
    });
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError("a port is a number from 0 to 65535.");
  return value;
}
