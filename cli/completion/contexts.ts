// The contexts of a workspace, for completion; in a file of its own, so that YAML is read by those alone who ask for one.

import { parseAllDocuments } from "yaml";

export function contextsIn(text: string): readonly string[] {
  return parseAllDocuments(text).flatMap((document) => {
    const spec: unknown = "toJS" in document ? document.toJS() : undefined;
    const declared: unknown = typeof spec === "object" && spec !== null ? Reflect.get(spec, "contexts") : undefined;
    return typeof declared === "object" && declared !== null ? Object.keys(declared) : [];
  });
}
