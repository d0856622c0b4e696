/// <reference path="../../library.d.ts" />
// Integration shop/stock as the type checker reads it.

export type Source = { readonly "sku": string; readonly "version": number; readonly "left": number };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = { readonly "crm_token": $Secret };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "method": string };
export type Scope1 = Env & { readonly body: Source; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

export function messageId_http({ body, headers, meta, settings }: Scope1) {
const $value1 = $text(( body.sku ), ( body.version ), ) satisfies string | number | null | undefined;
}

export function target_site({ settings, secrets }: Env) {
type $Setting1 = string;
const $setting1 = ( settings.crmUrl ) satisfies $Setting<$Setting1>;
type $Setting2 = { readonly [key: string]: string };
const $setting2 = { "authorization": $settingText(( secrets.crm_token ), ), } as const satisfies $Setting<$Setting2>;
}

export function walk(scope: Scope, target: "site" | "history" | "desk") {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
const $value2 = ( body.sku ) satisfies string | number | boolean;
if (target === "site") {
body satisfies $Json;
type $Setting3 = string;
const $setting3 = $settingText(( body.sku ), ) satisfies $Setting<$Setting3>;
const $setting4 = { "left": ( body.left ), } as const satisfies $Json;
return;
}
if (target === "history") {
body satisfies $Json;
{ const batch = $answer<$Batch<typeof body>>();
}
return;
}

}
export function failed(scope: Scope, target: "desk") {
  const { headers, meta, settings, secrets } = scope;
  const body = $answer<$Failed>();
  const error = $answer<$Error>();
  const vars = {};
if (target === "desk") {
body satisfies $Json;
type $Setting4 = string;
const $setting5 = $settingText(( settings.chatUrl ), ) satisfies $Setting<$Setting4>;
const $setting6 = { "change": ( meta.id ), "why": ( error.class ), "sent": ( body ), } as const satisfies $Json;
return;
}
}
