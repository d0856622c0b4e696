/// <reference path="../../library.d.ts" />
// Integration shop/events as the type checker reads it.

export type Steps$_0 = { readonly "kind": "signup" | "login"; readonly "at": string; readonly "user": { readonly "id": string; readonly "email"?: string | null | undefined } };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = { readonly "crm_token": $Secret };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "method": string };
export type Scope1 = Env & { readonly body: $Any; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

export function walk(scope: Scope, target: "events" | "strange") {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
const $answer1 = $answer<Steps$_0>();
const $body1 = $answer1;
{ const body = $body1;
const $map1 = { "kind": ( body.kind ), "day": ( orFail(formatDate(body.at, "yyyy-MM-dd", "Europe/Stockholm"), "no day") ), "user": ( body.user.email ?? body.user.id ), } as const satisfies $Json;
const $body2 = $map1;
{ const body = $body2;
{
if (target === "events") {
body satisfies $Json;
return;
}
return;
}
}}
}
export function failed(scope: Scope, target: "strange") {
  const { headers, meta, settings, secrets } = scope;
  const body = $answer<$Failed>();
  const error = $answer<$Error>();
  const vars = {};
if (target === "strange") {
const $map2 = { "reason": ( error.message ), "event": ( body ), } as const satisfies $Json;
const $body3 = $map2;
{ const body = $body3;
body satisfies $Json;
return;
}}
}
