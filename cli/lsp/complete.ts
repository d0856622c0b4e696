// Completion: in an expression, or in the YAML around it.

import type { CompletionList, CompletionParams } from "vscode-languageserver";
import { completeExpression } from "./complete-expression.ts";
import { completeYaml } from "./complete-yaml.ts";
import { expressionAt } from "./expression.ts";
import type { OpenFile } from "./session.ts";
import { offsetOf } from "./text-places.ts";

export function complete(open: OpenFile, { position }: Pick<CompletionParams, "position">): CompletionList {
  const offset = offsetOf(open.text, position);
  const cursor = expressionAt(open.text, offset);
  const items = cursor === undefined ? completeYaml(open, offset) : completeExpression(open, offset, cursor);
  return { isIncomplete: false, items: [...items] };
}
