// The sub-expressions of a node, of every kind that the language allows; names of properties are not among them.

import type { AnyNode } from "acorn";

export function childrenOf(node: AnyNode): readonly AnyNode[] {
  switch (node.type) {
    case "ParenthesizedExpression":
    case "ChainExpression":
      return [node.expression];
    case "MemberExpression":
      return node.computed ? [node.object, node.property] : [node.object];
    case "CallExpression":
      return [node.callee, ...node.arguments];
    case "ArrowFunctionExpression":
      return [node.body];
    case "ConditionalExpression":
      return [node.test, node.consequent, node.alternate];
    case "LogicalExpression":
    case "BinaryExpression":
      return [node.left, node.right];
    case "UnaryExpression":
    case "SpreadElement":
      return [node.argument];
    case "ArrayExpression":
      return node.elements.filter((element) => element !== null);
    case "ObjectExpression":
      return node.properties;
    case "Property":
      return node.computed ? [node.key, node.value] : [node.value];
    case "TemplateLiteral":
      return node.expressions;
    default:
      return [];
  }
}
