/// <reference path="../../library.d.ts" />
// Integration shop/receipts as the type checker reads it.

export type Source = { readonly "id": string; readonly "email": string; readonly "name"?: string | null | undefined; readonly "lines": readonly ({ readonly "title": string; readonly "cents": number })[] };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = { readonly "crm_token": $Secret };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "method": string };
export type Scope1 = Env & { readonly body: Source; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

export function messageId_http({ body, headers, meta, settings }: Scope1) {
const $value1 = ( body.id ) satisfies string | number | null | undefined;
}

export function target_mail({ settings, secrets }: Env) {
type $Setting1 = string;
const $setting1 = ( settings.crmUrl ) satisfies $Setting<$Setting1>;
type $Setting2 = { readonly [key: string]: string };
const $setting2 = { "authorization": $settingText(( secrets.crm_token ), ), } as const satisfies $Setting<$Setting2>;
}

export function walk(scope: Scope, target: "mail") {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
if (target === "mail") {
body satisfies $Json;
type $Setting3 = string;
const $setting3 = $settingText(( body.id ), ) satisfies $Setting<$Setting3>;
type $Setting4 = string;
const $setting4 = $template(((body.name) ? $template($settingText((body.name)), ) : $template()), $settingText((body.id)), $each((body.lines), (item1, index1) => $template($settingText((item1.title)), $settingText((item1.cents)), )), $template(), ) satisfies $Setting<$Setting4>;
return;
}

}
