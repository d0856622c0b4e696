/// <reference path="../../library.d.ts" />
// Integration market/thanks as the type checker reads it.

export type Sale_1 = { readonly "id": string; readonly "cents": number; readonly "currency": "NOK" | "SEK" | "EUR"; readonly "customer"?: string | undefined };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = {  };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "stream": string };
export type Scope1 = Env & { readonly body: Sale_1; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

export function walk(scope: Scope, target: "thanks") {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
if (target === "thanks") {
const $map1 = { "to": ( body.customer ?? "a guest" ), "sale": ( meta.id ), } as const satisfies $Json;
const $body1 = $map1;
{ const body = $body1;
body satisfies $Json;
return;
}}

}
