/// <reference path="../../library.d.ts" />
// Integration shop/shipping as the type checker reads it.

export type Source = { readonly "id": string; readonly "country": string; readonly "parcels": readonly ({ readonly "grams": number; readonly "fragile": boolean })[] };
export type Steps$_0 = { readonly "carrier": string; readonly "cents": number };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = { readonly "crm_token": $Secret };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "method": string };
export type Scope1 = Env & { readonly body: Source; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

export function messageId_http({ body, headers, meta, settings }: Scope1) {
const $value1 = ( body.id ) satisfies string | number | null | undefined;
}

export function walk(scope: Scope, target: "labels") {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
const $answer1 = $answer<Steps$_0>();
const $vars1 = { ...vars, "shipping": $answer1 } as const;
{ const vars = $vars1;
const $map1 = { ...$fields(( vars.shipping )), "id": ( body.id ), } as const satisfies $Json;
const $body1 = $map1;
{ const body = $body1;
if (target === "labels") {
body satisfies $Json;
return;
}
}}
}
