// The workspace as an AsyncAPI 3.0 document: what can be sent to it and received from it. Webhooks, NATS subjects and
// the tenants' streams are its channels; what only integrations ask or write elsewhere is not part of it.

import type {
  Context,
  Contract,
  Integration,
  Source,
  Stream,
  Target,
  Use,
  Workspace,
} from "../../compiler/integration.ts";
import type { Value } from "../../compiler/value.ts";
import { declaredSubject } from "../../schema/address.ts";
import { isJsonObject, type Json, type JsonObject } from "../../schema/json.ts";
import { durationText } from "../../schema/units.ts";
import { expressionText, plainText, settingOf } from "../picture/spoken.ts";
import { fullName, integrationsOf, type Survey } from "../picture/survey.ts";
import { asyncSchema, componentName } from "./asyncapi-schema.ts";
import { securityOf } from "./asyncapi-security.ts";

/** Not an interface: those are never JSON to TypeScript. */
type Channel = {
  readonly address: string | null;
  readonly title: string;
  readonly description: string;
  readonly servers: readonly Json[];
  readonly messages: JsonObject;
  readonly parameters?: JsonObject;
};

interface Drawing {
  readonly servers: { readonly http: readonly Json[]; readonly nats: readonly Json[] };
  readonly channels: Record<string, Channel>;
  readonly operations: Record<string, Json>;
  readonly messages: Record<string, Json>;
  readonly schemas: Record<string, Json>;
  readonly security: Record<string, Json>;
}

const ref = (...path: readonly string[]): JsonObject => ({
  $ref: `#/${path.map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`,
});

export function asyncApi({ workspace, contracts }: Survey): JsonObject {
  const servers = serversOf(workspace);
  const named = (protocol: string): readonly Json[] =>
    Object.entries(servers).flatMap(([name, server]) =>
      isJsonObject(server) && server.protocol === protocol ? [ref("servers", name)] : [],
    );
  const drawing: Drawing = {
    servers: { http: named("http"), nats: named("nats") },
    channels: {},
    operations: {},
    messages: {},
    schemas: {},
    security: {},
  };
  for (const [name, schema] of [...contracts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    drawing.schemas[componentName(name)] = asyncSchema(schema, componentName(name));
  }
  for (const { streams } of workspace.tenants) for (const stream of streams) drawStream(stream, drawing);
  for (const integration of integrationsOf(workspace)) {
    for (const source of integration.sources) drawSource(source, integration, drawing);
    for (const target of integration.targets) drawTarget(target, integration, drawing);
  }
  const { channels, operations, messages, schemas, security } = drawing;
  return {
    asyncapi: "3.0.0",
    info: {
      title: workspace.name,
      version: "1.0.0",
      description: "What integrations of this workspace take in and give out: webhooks, NATS subjects and streams.",
    },
    defaultContentType: "application/json",
    servers,
    channels,
    operations,
    components: { schemas, messages, ...(Object.keys(security).length === 0 ? {} : { securitySchemes: security }) },
  };
}

/** Webhooks are where a worker runs; NATS is where each context says, without what is secret in its address. */
function serversOf({ contexts }: Workspace): JsonObject {
  const nats = contexts.flatMap((context) => natsServers(context));
  return {
    webhooks: {
      host: "{host}:{port}",
      protocol: "http",
      description: "A worker (`vrsky run`), or what stands in front of it.",
      variables: {
        host: { default: "localhost", description: "Name or address." },
        port: { default: "8080", description: "`--http-port`." },
      },
    },
    ...(nats.length === 0
      ? { nats: { host: "localhost:4222", protocol: "nats", description: "The account of the tenant." } }
      : Object.fromEntries(nats)),
  };
}

function natsServers({ name, nats }: Context): readonly (readonly [string, JsonObject])[] {
  if (nats === undefined) return [];
  const hosts = nats.split(",").flatMap((text) => {
    const address = text.includes("://") ? text.trim() : `nats://${text.trim()}`;
    return URL.canParse(address) && new URL(address).host !== "" ? [new URL(address)] : [];
  });
  return hosts.map((url, index) => [
    index === 0 ? name : `${name}-${index + 1}`,
    {
      host: url.port === "" ? `${url.host}:4222` : url.host,
      protocol: "nats",
      description: `NATS of context ${name}${url.protocol === "tls:" ? ", over TLS" : ""}: the account of the tenant.`,
    },
  ]);
}

function drawStream(stream: Stream, drawing: Drawing): void {
  const { tenant, name, keep, exportTo, contract } = stream;
  const readers = exportTo.length === 0 ? "" : ` ${exportTo.join(", ")} may read it as well.`;
  drawing.channels[streamChannel(stream)] = {
    address: declaredSubject(name, "{id}"),
    title: `${tenant}/${name}`,
    description: `Stream of tenant ${tenant}, kept for ${durationText(keep)}.${readers}`,
    servers: drawing.servers.nats,
    messages: messagesOf(contract, `${tenant}.${name}`, "application/json", drawing),
    parameters: { id: { description: "Hash of the message's id." } },
  };
}

const streamChannel = ({ tenant, name }: Pick<Stream, "tenant" | "name">): string => `${tenant}.stream.${name}`;

const mediaTypes: Readonly<Record<string, string>> = {
  json: "application/json",
  xml: "application/xml",
  form: "application/x-www-form-urlencoded",
  text: "text/plain",
};

function drawSource(source: Source, integration: Integration, drawing: Drawing): void {
  const { use, stream, contract, name } = source;
  const id = `${integration.tenant}.${integration.name}.${name}`;
  if (stream !== undefined) {
    operation(`${id}.receive`, "receive", streamChannel(stream), integration, overNats, drawing);
    return;
  }
  if (use.manifest.name === "nats") {
    const subject = settingOf(use, "subject");
    if (subject === undefined || use.connection !== undefined) return;
    const channel = natsChannel(subject.value, contract, integration.tenant, drawing);
    operation(`${id}.receive`, "receive", channel, integration, overNats, drawing);
  }
  if (use.manifest.name === "http") drawWebhook(source, id, integration, drawing);
}

function drawWebhook({ use, contract }: Source, id: string, integration: Integration, drawing: Drawing): void {
  const path = settingOf(use, "path");
  const format = settingOf(use, "format");
  const type = mediaTypes[format === undefined ? "json" : plainText(format.value)] ?? "application/json";
  drawing.channels[id] = {
    address: `/${integration.tenant}${path === undefined ? "" : plainText(path.value)}`,
    title: fullName(integration),
    description: `Webhook of integration ${fullName(integration)}.`,
    servers: drawing.servers.http,
    messages: messagesOf(contract, id, type, drawing),
  };
  const guards = securityOf(use);
  Object.assign(drawing.security, guards);
  const security = Object.keys(guards).map((name) => ref("components", "securitySchemes", name));
  const methods = methodsOf(use);
  for (const method of methods) {
    operation(
      methods.length === 1 ? `${id}.receive` : `${id}.receive.${method.toLowerCase()}`,
      "receive",
      id,
      integration,
      { http: { method, bindingVersion: "0.3.0" } },
      drawing,
      {
        ...(security.length === 0 ? {} : { security }),
        ...(integration.reply === undefined ? {} : replyOf(id, drawing)),
      },
    );
  }
}

const methodsOf = (use: Use): readonly string[] => {
  const methods = settingOf(use, "methods");
  return methods === undefined ? ["POST"] : plainText(methods.value).split(", ");
};

/** On the same connection, so it has no address of its own. */
function replyOf(id: string, drawing: Drawing): JsonObject {
  const channel = `${id}.reply`;
  drawing.channels[channel] = {
    address: null,
    title: `${id}, the answer`,
    description: "What the caller is answered when the steps are done.",
    servers: drawing.servers.http,
    messages: messagesOf(undefined, channel, "application/json", drawing),
  };
  return { reply: { channel: ref("channels", channel) } };
}

function drawTarget({ use, stream, contract, name }: Target, integration: Integration, drawing: Drawing): void {
  const id = `${integration.tenant}.${integration.name}.${name}.send`;
  if (stream !== undefined) operation(id, "send", streamChannel(stream), integration, overNats, drawing);
  const subject = settingOf(use, "subject");
  if (use.manifest.name !== "nats" || subject === undefined || use.connection !== undefined) return;
  const channel = natsChannel(subject.value, contract, integration.tenant, drawing);
  operation(id, "send", channel, integration, overNats, drawing);
}

/** One for each subject of a tenant; what data fills is a parameter. */
function natsChannel(subject: Value, contract: Contract | undefined, tenant: string, drawing: Drawing): string {
  const parameters: Record<string, Json> = {};
  const address = subjectOf(subject, parameters);
  const id = `${tenant}.nats.${componentName(address)}`;
  const before = drawing.channels[id]?.messages ?? {};
  drawing.channels[id] = {
    address,
    title: address,
    description: `Subject in the account of tenant ${tenant}.`,
    servers: drawing.servers.nats,
    messages: { ...before, ...messagesOf(contract, id, "application/json", drawing) },
    ...(Object.keys(parameters).length === 0 ? {} : { parameters }),
  };
  return id;
}

function subjectOf(subject: Value, parameters: Record<string, Json>): string {
  const parts =
    subject.kind === "text"
      ? subject.parts
      : subject.kind === "expression"
        ? [subject.expression]
        : [plainText(subject)];
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      const text = expressionText(part);
      const name = text.replaceAll(/[^\w]+/g, "-").replaceAll(/^-|-$/g, "") || "value";
      parameters[name] = { description: text };
      return `{${name}}`;
    })
    .join("");
}

function messagesOf(contract: Contract | undefined, home: string, contentType: string, drawing: Drawing): JsonObject {
  const name = componentName(contract === undefined || contract.inline === true ? home : contract.name);
  // A contract that arrives in several forms is a message of each.
  const form = contentType === "application/json" ? "" : `.${contentType.replace(/^.*[/-]/, "")}`;
  const key = `${name}${form}`;
  if (contract?.inline === true) drawing.schemas[name] = asyncSchema(contract.schema, name);
  drawing.messages[key] = {
    name: key,
    title: contract === undefined ? "anything" : contract.inline === true ? home : contract.name,
    contentType,
    payload: contract === undefined ? {} : ref("components", "schemas", name),
  };
  return { [key]: ref("components", "messages", key) };
}

const overNats: JsonObject = { nats: { bindingVersion: "0.1.0" } };

function operation(
  id: string,
  action: "send" | "receive",
  channel: string,
  integration: Integration,
  bindings: JsonObject,
  { operations }: Drawing,
  more: JsonObject = {},
): void {
  const { description, labels } = integration;
  operations[id] = {
    action,
    channel: ref("channels", channel),
    title: `${fullName(integration)} ${action === "send" ? "sends" : "receives"}`,
    ...(description === undefined ? {} : { description }),
    tags: [
      { name: integration.tenant },
      ...Object.entries(labels ?? {}).map(([key, value]) => ({ name: `${key}: ${value}` })),
    ],
    bindings,
    ...more,
  };
}
