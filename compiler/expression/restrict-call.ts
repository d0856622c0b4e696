// Calls: functions by their names, methods on a value, and callbacks, which exist nowhere else.

import type { AnyNode, ArrowFunctionExpression, CallExpression, MemberExpression } from "acorn";
import {
  type CallbackMethod,
  callbackParameters,
  functions,
  isCallbackMethod,
  isFunctionName,
  isMethodName,
  listMethods,
  type MethodName,
  numberMethods,
  stringMethods,
} from "../../schema/functions.ts";
import { refuseAmbiguous } from "./ambiguity.ts";
import { globals, methods, unlisted } from "./instead.ts";
import { escaped, parameters } from "./names.ts";
import { advice, didYouMean, type Found, type Place, refuse } from "./refusal.ts";
import { restrictLiterals } from "./restrict-literal.ts";
import { isRoot } from "./roots.ts";

const maxNestedCallbacks = 3;

/** How sub-expressions are judged; handed in, since the rules for them are those of the caller. */
type Visit = (node: AnyNode, place: Place) => Found;

export function restrictCall(node: CallExpression, place: Place, visit: Visit): Found {
  const { callee } = node;
  if (callee.type !== "MemberExpression") {
    return [...restrictFunction(node, place), ...restrictArguments(node, undefined, place, visit)];
  }
  const { property } = callee;
  const name = !callee.computed && property.type === "Identifier" && !escaped(property) ? property.name : undefined;
  const method = name !== undefined && isMethodName(name) ? name : undefined;
  return [
    ...visit(callee.object, place),
    ...(method === undefined ? refuseMethod(callee, name, place) : []),
    ...refuseOptional(node, place),
    ...restrictArguments(node, method, place, visit),
  ];
}

function refuseOptional(node: CallExpression, place: Place): Found {
  if (!node.optional) return [];
  return refuse(place, "VRS3002", node, "`?.(` does not exist: what can be called is always there.", "Write `(`.");
}

function restrictFunction(node: CallExpression, place: Place): Found {
  const { callee } = node;
  if (callee.type !== "Identifier" || escaped(callee)) {
    return refuse(place, "VRS3002", callee, "Only functions and methods can be called, by their names.");
  }
  const { name } = callee;
  if (place.bound.has(name)) {
    return refuse(
      place,
      "VRS3004",
      callee,
      `\`${name}\` is a parameter here, not a function.`,
      "Rename the parameter.",
    );
  }
  if (isFunctionName(name)) return [...refuseOptional(node, place), ...restrictLiterals(node, functions[name], place)];
  const help =
    advice(globals, name) ?? advice(unlisted, name) ?? didYouMean(name, Object.keys(functions)) ?? asMethod(name);
  return refuse(place, "VRS3004", callee, `There is no function \`${name}\`.`, help);
}

function asMethod(name: string): string {
  return isMethodName(name) ? `It is a method: \`x.${name}(…)\`.` : "All functions are listed in docs/expressions.md.";
}

function refuseMethod({ object, property }: MemberExpression, name: string | undefined, place: Place): Found {
  if (name === undefined) {
    return refuse(place, "VRS3002", property, "A method is called by its plain name.", "Write `x.name(…)`.");
  }
  // `Math.round(x)`: the unknown name is told by itself, and its help says all.
  if (object.type === "Identifier" && !place.bound.has(object.name) && advice(globals, object.name)) return [];
  const known = [...Object.keys(stringMethods), ...Object.keys(numberMethods), ...Object.keys(listMethods)];
  const asFunction = isFunctionName(name) ? `It is a function: \`${functions[name].example}\`.` : undefined;
  const help = advice(methods, name) ?? asFunction ?? didYouMean(name, known);
  return refuse(place, "VRS3004", property, `There is no method \`${name}\`.`, help);
}

function restrictArguments(node: CallExpression, method: MethodName | undefined, place: Place, visit: Visit): Found {
  const takes = method !== undefined && isCallbackMethod(method) ? method : undefined;
  if (takes !== undefined && node.arguments.length === 0) {
    return refuse(
      place,
      "VRS3002",
      node,
      `\`${takes}\` takes a callback.`,
      `For example \`${listMethods[takes].example}\`.`,
    );
  }
  const found = node.arguments.flatMap((argument, index) => {
    if (argument.type === "SpreadElement") {
      const message = "`...` may stand in a list or an object, not in a call.";
      return refuse(place, "VRS3002", argument, message, "Write the arguments out.");
    }
    return takes !== undefined && index === 0
      ? restrictCallback(argument, takes, place, visit)
      : visit(argument, place);
  });
  return [...refuseAmbiguous(node.arguments, place), ...found];
}

function restrictCallback(node: AnyNode, method: CallbackMethod, place: Place, visit: Visit): Found {
  if (node.type !== "ArrowFunctionExpression") {
    return refuse(place, "VRS3002", node, `\`${method}\` takes a callback written in place.`, "Write `x => …`.");
  }
  if (place.callbacks === maxNestedCallbacks) {
    const message = `Callbacks are nested more than ${maxNestedCallbacks} deep.`;
    return refuse(place, "VRS3005", node, message, "Spread the work over two steps.");
  }
  if (node.async) return refuse(place, "VRS3002", node, "`async` does not exist in expressions.");
  if (!node.expression) {
    const help = "An object needs parentheses: `x => ({ … })`.";
    return refuse(place, "VRS3002", node.body, "A callback is one expression.", help);
  }
  const inner = { ...place, bound: new Set([...place.bound, ...parameters(node)]), callbacks: place.callbacks + 1 };
  return [...restrictParameters(node, method, place), ...visit(node.body, inner)];
}

function restrictParameters(node: ArrowFunctionExpression, method: CallbackMethod, place: Place): Found {
  const most = callbackParameters[method];
  const names = parameters(node);
  return node.params.flatMap((parameter, index) => {
    if (parameter.type !== "Identifier") {
      const help = "Write `x => x.name` instead of `({ name }) => name`.";
      return refuse(place, "VRS3002", parameter, "A parameter is a plain name.", help);
    }
    const { name } = parameter;
    if (index >= most) {
      return refuse(place, "VRS3002", parameter, `The callback of \`${method}\` takes at most ${most} parameters.`);
    }
    if (escaped(parameter) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      return refuse(place, "VRS3002", parameter, "A parameter's name is made of letters, digits and `_`.");
    }
    // A function's name is free to take: a function that comes later must not break a spec that is there.
    const hides = isRoot(name) || name === "undefined" || place.bound.has(name);
    if (!hides && names.indexOf(name) === index) return [];
    return refuse(
      place,
      "VRS3002",
      parameter,
      `The parameter \`${name}\` would hide another \`${name}\`.`,
      "Rename it.",
    );
  });
}
