/// <reference path="../../library.d.ts" />
// Integration books/ledger as the type checker reads it.

export type Sale_1 = { readonly "id": string; readonly "cents": number; readonly "currency": "NOK" | "SEK" | "EUR"; readonly "customer"?: string | undefined };
export type Source = { readonly "id": string; readonly "cents": number; readonly "currency": string };
export type Settings = { readonly "chatUrl": string; readonly "crmUrl": string; readonly "great": number };
export type Secrets = {  };
export type Env = { readonly settings: Settings; readonly secrets: Secrets };
export type Meta1 = { readonly "stream": string };
export type Scope1 = Env & { readonly body: Source; readonly headers: $Headers; readonly meta: $Meta & Meta1 };
export type Scope = Scope1;

$answer<Sale_1>() satisfies Source;
export function walk(scope: Scope, target: "ledger") {
  const { body, headers, meta, settings, secrets } = scope;
  const vars = {};
const $map1 = { "entry": ( meta.id ), "cents": ( body.cents ), "currency": ( body.currency ), "from": ( meta.stream ), } as const satisfies $Json;
const $body1 = $map1;
{ const body = $body1;
if (target === "ledger") {
body satisfies $Json;
return;
}
}
}
