// GitHub's expressions, as far as our action and workflow use them: paths, texts, ==, !=, !, &&, ||, status functions.

export type Contexts = Readonly<Record<string, unknown>>;

/** `failed`: a step before has failed. Without a status function a condition asks for success as well. */
export function condition(text: string | undefined, contexts: Contexts, failed: boolean): boolean {
  if (text === undefined) return !failed;
  const asked = /\b(always|failure|success|cancelled)\(\)/.test(text);
  return (asked || !failed) && truthy(evaluate(text, contexts, failed));
}

/** A text with `${{ … }}` in it. */
export function filled(text: string, contexts: Contexts): string {
  return text.replaceAll(/\$\{\{(.*?)\}\}/g, (_, inner: string) => shown(evaluate(inner, contexts, false)));
}

const truthy = (value: unknown): boolean => value !== undefined && value !== null && value !== "" && value !== false;
const shown = (value: unknown): string => (value === undefined || value === null ? "" : String(value));

function evaluate(text: string, contexts: Contexts, failed: boolean): unknown {
  const tokens = text.match(/'(?:[^']|'')*'|==|!=|&&|\|\||[!()]|[A-Za-z_][\w.-]*(?:\(\))?|\S/g) ?? [];
  let at = 0;
  const take = (token: string): boolean => {
    if (tokens[at] !== token) return false;
    at += 1;
    return true;
  };
  const either = (): unknown => {
    let left = both();
    while (take("||")) {
      const right = both();
      left = truthy(left) ? left : right;
    }
    return left;
  };
  const both = (): unknown => {
    let left = compared();
    while (take("&&")) {
      const right = compared();
      left = truthy(left) ? right : left;
    }
    return left;
  };
  const compared = (): unknown => {
    const left = single();
    if (take("==")) return shown(left).toLowerCase() === shown(single()).toLowerCase();
    if (take("!=")) return shown(left).toLowerCase() !== shown(single()).toLowerCase();
    return left;
  };
  const single = (): unknown => {
    if (take("!")) return !truthy(single());
    if (take("(")) {
      const inner = either();
      if (!take(")")) throw new Error(`no closing bracket in ${text}`);
      return inner;
    }
    const token = tokens[at] ?? "";
    at += 1;
    if (token.startsWith("'")) return token.slice(1, -1).replaceAll("''", "'");
    if (token.endsWith("()")) return status(token, failed);
    if (token === "true" || token === "false") return token === "true";
    if (!/^[A-Za-z_]/.test(token)) throw new Error(`unknown ${token} in ${text}`);
    return lookUp(token, contexts);
  };
  const value = either();
  if (at < tokens.length) throw new Error(`${tokens[at]} is too much in ${text}`);
  return value;
}

function status(name: string, failed: boolean): boolean {
  if (name === "always()") return true;
  if (name === "success()") return !failed;
  if (name === "failure()") return failed;
  throw new Error(`unknown function ${name}`);
}

function lookUp(path: string, contexts: Contexts): unknown {
  return path.split(".").reduce<unknown>((value, name) => {
    return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  }, contexts);
}
