// A target that could not read a message's content says so in words of its own, or fails in another way. Whose fault it
// was is known here.

import { type Content, contentFaultOf } from "../../schema/content.ts";
import type { DeliveryResult } from "../../schema/outcome.ts";

/** Faults by the content that had them. */
const faults = new WeakMap<Content, Error>();

export const noteFault = (content: Content, fault: Error): void => void faults.set(content, fault);

/** Content that is gone for good ends its message; what cannot be read now is read again later. */
export function blamed(result: DeliveryResult, content: Content): DeliveryResult {
  const fault = faults.get(content);
  if (fault === undefined || result.kind === "delivered") return result;
  const { message } = fault;
  if (contentFaultOf(fault) === "missing") return { kind: "permanent", failure: { class: "invalid", message } };
  return { kind: result.kind === "unknown" ? "unknown" : "transient", failure: { class: "unavailable", message } };
}
