/// <reference path="../../library.d.ts" />
// Integration acme/github-to-chat as the type checker reads it.

export type GithubPush_1 = { readonly "ref": string; readonly "deleted": boolean; readonly "pusher": { readonly "name": string }; readonly "repository": { readonly "full_name": string }; readonly "head_commit"?: { readonly "message": string } | null | undefined; readonly "commits": readonly ({ readonly "message": string; readonly "author": { readonly "name": string } })[] };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = { readonly "github_webhook": $Secret };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "method": string };
export type Scope1 = Env & { readonly body: GithubPush_1; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

export function source_http({ settings, secrets }: Env) {
type $Setting1 = { readonly "algorithm"?: "sha256" | "sha512" | "sha1" | undefined; readonly "encoding"?: "hex" | "base64" | undefined; readonly "header"?: string | undefined; readonly "prefix"?: string | undefined; readonly "scheme": "github" | "standard-webhooks" | "stripe" | "slack" | "hmac"; readonly "secret": string | readonly (string)[]; readonly "signed"?: string | undefined; readonly "timestamp"?: string | undefined };
const $setting1 = { "scheme": "github", "secret": ( secrets.github_webhook ), } as const satisfies $Setting<$Setting1>;
}

export function messageId_http({ body, headers, meta, settings }: Scope1) {
const $value1 = ( headers["x-github-delivery"] ) satisfies string | number | null | undefined;
}

export function target_chat({ settings, secrets }: Env) {
type $Setting2 = string;
const $setting2 = ( settings.chatUrl ) satisfies $Setting<$Setting2>;
}

export function walk(scope: Scope, target: "chat") {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
const $if1 = ( body.ref === "refs/heads/main" && !body.deleted ); $boolean($if1);
if (!$if1) return;
if (target === "chat") {
body satisfies $Json;
const $setting3 = { "channel": "deployments", "text": $text(( body.pusher.name ), ( body.commits.length ), ( body.repository.full_name ), ( body.head_commit?.message ?? "(no message)" ), ), "authors": ( body.commits.map(commit => commit.author.name) ), } as const satisfies $Json;
return;
}

}
