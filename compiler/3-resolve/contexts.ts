// Contexts: where the workspace runs, with the values, the logins and the limits that hold there. Secrets are only
// referred to: a compiled workspace can be committed and posted.

import { isJsonObject, type Json, type JsonSchema } from "../../schema/json.ts";
import type { ManifestContext, Placement, Reference, SecretsProvider, TenantOverlay } from "../../schema/manifest.ts";
import { nkeyFromSeed, nkeyKind } from "../../schema/nkey.ts";
import type { ContextSpec, DefaultsSpec, TenantOverlaySpec, WorkspaceSpec } from "../../schema/spec.gen.ts";
import type { Spec, Unchecked } from "../2-parse/spec.ts";
import type { Context } from "../integration.ts";
import { child, findingAt, type Report, type Site } from "../value.ts";
import { unknownName } from "./names.ts";
import { resolveQuotas } from "./quotas.ts";
import { object } from "./read-keys.ts";
import { reportSettings } from "./settings.ts";

/** Every context with its own values over the workspace's defaults; each must be complete and well typed. */
export function resolveContexts(
  root: Spec,
  schema: JsonSchema,
  tenants: readonly string[],
  report: Report,
): readonly Context[] {
  const { defaults, contexts: raw }: Unchecked<WorkspaceSpec> = object(root.value);
  const { settings: shared }: Unchecked<DefaultsSpec> = object(defaults);
  const declared = object(raw);
  const contexts = Object.keys(declared).length === 0 ? { dev: {} } : declared;
  return Object.entries(contexts).map(([name, member]) => {
    const keys: Unchecked<ContextSpec> = object(member);
    const site: Site = { spec: root, path: ["contexts", name] };
    const settings = { ...object(shared), ...object(keys.settings) };
    reportSettings(name, settings, schema, site, report);
    return { name, site, ...servers(keys, site, report), settings, ...access(keys, site, tenants, report) };
  });
}

function servers({ nats }: Unchecked<ContextSpec>, site: Site, report: Report): Pick<ManifestContext, "nats"> {
  const all = [nats].flat().filter((each) => typeof each === "string");
  if (all.length === 0) return {};
  for (const [index, each] of all.entries()) {
    if (!/\/\/[^/@,]*@/.test(each)) continue;
    const at = Array.isArray(nats) ? child(child(site, "nats"), index) : child(site, "nats");
    const help = "Leave user and password out; `credentials: { file: … }` or `{ env: … }` says where they are found.";
    report(findingAt("VRS6002", at, { message: "The address holds a login, written out.", help }));
  }
  return { nats: all.join(",") };
}

function access(
  keys: Unchecked<ContextSpec>,
  site: Site,
  tenants: readonly string[],
  report: Report,
): Omit<ManifestContext, "nats" | "settings"> {
  const credentials = reference("credentials", keys.credentials, site, report);
  const store = reference("keys", keys.keys, site, report);
  const trust = trusted(keys.trust, child(site, "trust"), report);
  const { replicas } = keys;
  const overlays = resolveOverlays(keys.tenants, child(site, "tenants"), tenants, report);
  return {
    secrets: secretsProvider(keys.secrets),
    ...(credentials === undefined ? {} : { credentials }),
    ...(store === undefined ? {} : { keys: store }),
    ...(trust.length === 0 ? {} : { trust }),
    ...(replicas === 3 || replicas === 5 ? { replicas } : {}),
    ...placed(keys.placement),
    ...(Object.keys(overlays).length === 0 ? {} : { tenants: overlays }),
  };
}

/** No finding repeats what stands there: it may be the secret. */
function reference(key: "credentials" | "keys", raw: unknown, site: Site, report: Report): Reference | undefined {
  if (raw === undefined) return undefined;
  const at = child(site, key);
  const help = `Write \`${key}: { file: path }\` or \`${key}: { env: VARIABLE }\`.`;
  if (!isJsonObject(raw)) {
    report(findingAt("VRS6002", at, { message: `\`${key}\` says where the secret is found, not the secret.`, help }));
    return undefined;
  }
  const { file, env } = raw;
  const given = [file, env].filter((value): value is string => typeof value === "string" && value !== "");
  const [only] = given;
  if (given.length !== 1 || only === undefined) {
    // What else stands there was told by the schema.
    if (Object.keys(raw).every((name) => name === "file" || name === "env"))
      report(findingAt("VRS6002", at, { message: `\`${key}\` needs either a file or a variable.`, help }));
    return undefined;
  }
  const place = child(at, typeof file === "string" ? "file" : "env");
  if (isSecret(only)) {
    report(findingAt("VRS6002", place, { message: "This is the secret itself, not the place of it.", help }));
    return undefined;
  }
  if (typeof file === "string") return { file };
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(only)) return { env: only };
  const message = "This is no name of a variable: letters, digits and underscores.";
  report(findingAt("VRS6002", place, { message, help }));
  return undefined;
}

const isSecret = (text: string): boolean => nkeyFromSeed(text) !== undefined || /-----BEGIN|^eyJ/.test(text);

function trusted(raw: unknown, site: Site, report: Report): readonly string[] {
  if (!Array.isArray(raw)) return [];
  return raw.flatMap((key: unknown, index) => {
    if (typeof key !== "string") return [];
    if (nkeyKind(key) !== undefined) return [key];
    const at = child(site, index);
    if (isSecret(key)) {
      const help = "Write its public key, and make the seed anew: what was committed is no secret any more.";
      report(findingAt("VRS6002", at, { message: "This is a seed: the secret half of a key.", help }));
    } else {
      const help = "A public key has 56 letters and digits and begins with O, A or U.";
      report(findingAt("VRS6003", at, { message: `\`${key}\` is no public key of NATS.`, help }));
    }
    return [];
  });
}

function resolveOverlays(
  raw: unknown,
  site: Site,
  tenants: readonly string[],
  report: Report,
): Readonly<Record<string, TenantOverlay>> {
  const overlays = Object.entries(object(raw)).flatMap(([tenant, member]) => {
    if (!tenants.includes(tenant)) {
      const at = child(site, tenant);
      report(unknownName("VRS6004", at, tenant, tenants, { what: "tenant", where: "The workspace" }, "key"));
      return [];
    }
    const { quotas, placement }: Unchecked<TenantOverlaySpec> = object(member);
    const overlay = { ...(quotas === undefined ? {} : { quotas: resolveQuotas(quotas) }), ...placed(placement) };
    return Object.keys(overlay).length === 0 ? [] : [[tenant, overlay] as const];
  });
  return Object.fromEntries(overlays);
}

/** Tags in one order, as the server's answer is compared with them. */
function placed(raw: unknown): { readonly placement?: Placement } {
  const { cluster, tags } = object(raw);
  const names = Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string").sort() : [];
  const placement = {
    ...(typeof cluster === "string" ? { cluster } : {}),
    ...(names.length === 0 ? {} : { tags: names }),
  };
  return Object.keys(placement).length === 0 ? {} : { placement };
}

function secretsProvider(raw: Json | undefined): SecretsProvider {
  return isJsonObject(raw) && typeof raw.file === "string" ? { file: raw.file } : "env";
}
