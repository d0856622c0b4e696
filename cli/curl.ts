// A request to paste for a webhook: one that it takes, in its own method and format.

import { encodeXml } from "../connectors/xml-text.ts";
import type { Bundle, BundleSource } from "../schema/bundle.ts";
import { isJsonObject, type Json } from "../schema/json.ts";
import { sample } from "./sample.ts";
import { quoted } from "./shell-word.ts";

/** `bundle`: whose source it is. */
export function curl(url: string, { contract: key, request }: BundleSource, { contracts }: Bundle): string {
  const contract = contracts[key ?? ""];
  const value = contract === undefined ? undefined : sample(contract.schema, contracts);
  const { type, text } = request?.envelope === "cloudevents" ? event(value) : written(request?.format, value);
  const [method = "POST"] = Array.isArray(request?.methods) ? request.methods.map(String) : [];
  // What has a body is a POST unless told.
  const named = method === "POST" ? "" : `-X ${method} `;
  return `curl -i ${named}${url} -H 'content-type: ${type}' -d ${quoted(text)}`;
}

interface Written {
  readonly type: string;
  readonly text: string;
}

/** In structured mode, so that all of it is seen. */
function event(data: Json = {}): Written {
  const text = JSON.stringify({ specversion: "1.0", id: "1", source: "/curl", type: "com.example.tried", data });
  return { type: "application/cloudevents+json", text };
}

function written(format: Json | undefined, value: Json | undefined): Written {
  switch (format) {
    case "xml":
      return { type: "application/xml", text: encodeXml(value ?? { message: "text" }) };
    case "form":
      return { type: "application/x-www-form-urlencoded", text: formOf(value ?? {}) };
    case "text":
      return { type: "text/plain; charset=utf-8", text: typeof value === "string" ? value : "text" };
    default:
      return { type: "application/json", text: JSON.stringify(value ?? {}) };
  }
}

function formOf(value: Json): string {
  const fields = new URLSearchParams();
  for (const [name, member] of Object.entries(isJsonObject(value) ? value : {})) {
    for (const each of Array.isArray(member) ? member : [member]) fields.append(name, String(each));
  }
  return String(fields);
}
