// Where natural writing is broken YAML: each case gets our own words at the expression concerned, not YAML's.

import { type Document, isScalar, type LineCounter, visit, type YAMLError } from "yaml";
import type { Code } from "../../schema/codes.ts";
import { codes } from "../../schema/codes.ts";
import type { Diagnostic } from "../../schema/diagnostic.ts";
import { positionAt } from "./document.ts";
import { masked, type Region } from "./expressions.ts";
import { type Aliases, grammarErrors } from "./yaml.ts";

export interface Said {
  readonly message: string;
  readonly help?: string;
}

export function diagnose(
  code: Code,
  file: string,
  lines: LineCounter,
  start: number,
  end: number,
  said: Said,
): Diagnostic {
  return {
    code,
    severity: codes[code].severity,
    file,
    range: { start: positionAt(lines, start), end: positionAt(lines, Math.max(start + 1, end)) },
    message: said.message,
    ...(said.help === undefined ? {} : { help: said.help }),
  };
}

/** The expressions that break the YAML when everything else is masked. */
export function breakingRegions(text: string, regions: readonly Region[]): readonly Region[] {
  if (regions.length > mostTried) return regions.filter((region) => grammarErrors(linesOf(text, region)).length > 0);
  return regions.filter((region) => {
    const others = regions.filter((other) => other !== region);
    return grammarErrors(masked(text, others)).length > 0;
  });
}

/** Each try reads the whole text. Beyond so many an expression is judged by its own lines. */
const mostTried = 50;

function linesOf(text: string, { start, end }: Region): string {
  const last = text.indexOf("\n", end);
  return text.slice(text.lastIndexOf("\n", start) + 1, last === -1 ? text.length : last).trimStart();
}

/**
 * The value with expressions on the line of an error that masking the expressions did not heal: the text around them
 * is cut like them, by `: `, ` #` or a quote of its own kind.
 */
export function brokenValue(text: string, { pos: [at] }: YAMLError): Region | undefined {
  const from = text.lastIndexOf("\n", at - 1) + 1;
  const line = (text.slice(from).split("\n", 1)[0] ?? "").trimEnd();
  const value = /^\s*(?:- )*[\w.-]+:\s+(?=\S)/.exec(line)?.[0].length;
  if (value === undefined || !line.includes("${", value)) return undefined;
  return { start: from + value, end: from + line.length };
}

const brokenByExpression: Said = {
  message: "YAML cuts this expression: it holds `: `, ` #`, quotes, braces or commas that mean something to YAML.",
  help: 'Quote the whole value, `key: "${ … }"` (with single quotes inside), or put it on its own line after `key: |-`.',
};

/** `!${ a }`, `*${ a }`: the sign in front makes a tag or an alias of it. */
export function brokenRegion(text: string, { start, end }: Region, file: string, lines: LineCounter): Diagnostic {
  const sign = text[start - 1] ?? "";
  return sign === "!" || sign === "*" || sign === "&"
    ? diagnose("VRS1006", file, lines, start - 1, end, signed(sign))
    : diagnose("VRS1002", file, lines, start, end, brokenByExpression);
}

/** Where the value begins of which the parser rejects a later star: a cron text has several. */
function firstStar(text: string, at: number): number {
  const from = text.lastIndexOf("\n", at - 1) + 1;
  const star = /[:,[{-]\s+\*/.exec(text.slice(from, at + 1));
  return star === null ? at : from + star.index + star[0].length - 1;
}

const signs: Readonly<Record<string, string>> = { "!": "a YAML tag", "*": "a YAML alias", "&": "a YAML anchor" };

const signed = (sign: string): Said => ({
  message: `A plain value that starts with \`${sign}\` is ${signs[sign] ?? "not text"}.`,
  help: sign === "!" ? "Quote it, or write the `!` inside the expression." : "Quote it.",
});

/** A YAML error that no single expression explains. */
export function yamlError(error: YAMLError, text: string, file: string, lines: LineCounter): Diagnostic {
  // What is missing at the end of the file is told at its last character.
  const last = Math.max(0, text.trimEnd().length - 1);
  const [start, end] = [Math.min(error.pos[0], last), Math.min(error.pos[1], last + 1)];
  if (error.code === "DUPLICATE_KEY") {
    return diagnose("VRS1004", file, lines, start, end, {
      message: "This key is given twice.",
      help: "Keep one of them.",
    });
  }
  const plain = (error.message.split("\n")[0] ?? "")
    .replace(/^Maximum call stack.*/, "it nests too deep")
    .replace(/\.$/, "");
  if (error.code === "BAD_ALIAS" || /alias/i.test(plain)) {
    return diagnose("VRS1006", file, lines, firstStar(text, start), end, signed("*"));
  }
  return diagnose("VRS1001", file, lines, start, end, { message: `YAML cannot read this: ${plain}.` });
}

/** Silent traps of a document that parsed: expressions in comments, keys and tags; constants that look like code. */
export function silentTraps(
  document: Document,
  aliases: Aliases,
  text: string,
  file: string,
  lines: LineCounter,
): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  visit(document, {
    Alias: (_key, node) => {
      if (aliases.has(node)) return;
      const [start, , end] = node.range ?? [0, 0, 0];
      found.push(diagnose("VRS1006", file, lines, start, end, signed("*")));
    },
    Pair: (_key, pair) => {
      if (!isScalar(pair.key) || pair.key.range == null || !String(pair.key.value).includes("${")) return;
      const [start, end] = pair.key.range;
      const said = {
        message: "Keys are never expressions.",
        help:
          pair.key.type === "PLAIN"
            ? "A line break cut an expression here: put it in a `|-` block."
            : "Write the key itself.",
      };
      found.push(diagnose("VRS1005", file, lines, start, end, said));
    },
    Scalar: (key, node) => {
      if (key === "key" || node.range == null) return;
      const [start, end] = node.range;
      if (node.tag?.startsWith("!") && !node.tag.startsWith("!!")) {
        found.push(diagnose("VRS1006", file, lines, text.lastIndexOf("!", start), end, signed("!")));
      }
      if (typeof node.value === "number" && node.type === "PLAIN") {
        const said = otherText(text.slice(start, end), node.value);
        if (said !== undefined) found.push(diagnose("VRS1008", file, lines, start, end, said));
      }
      if (typeof node.value === "string" && /^(?:body|vars|meta)\.\w|^headers\[/.test(node.value)) {
        const said = {
          message: `\`${node.value.slice(0, 40)}\` is sent as this very text.`,
          help: `Did you mean \`\${ ${node.value.slice(0, 40)} }\`?`,
        };
        found.push(diagnose("VRS3009", file, lines, start, end, said));
      }
    },
  });
  found.push(...cutComments(document, text, file, lines));
  return found;
}

/** `1.10` and `0600`: what stands there is not what YAML gives. */
function otherText(text: string, value: number): Said | undefined {
  if (!/^[-+]?0\d|\.\d*0$/.test(text) || String(value) === text) return undefined;
  return {
    message: `\`${text}\` is the number ${value}.`,
    help: `Write \`"${text}"\` if the text is meant, \`${value}\` if the number is.`,
  };
}

/** ` #` inside a plain scalar: the rest of the line is a comment that was meant as text. */
function cutComments(document: Document, text: string, file: string, lines: LineCounter): readonly Diagnostic[] {
  if (!/[ \t]#/.test(text)) return [];
  const found: Diagnostic[] = [];
  visit(document, {
    Scalar: (_key, node) => {
      if (node.type !== "PLAIN" || node.range == null) return;
      const rest = /^[ \t]+#[^\n]*/.exec(text.slice(node.range[1]));
      const cut = String(node.value).lastIndexOf("${") > String(node.value).lastIndexOf("}");
      if (rest === null || !(rest[0].includes("${") || cut)) return;
      const start = node.range[1] + rest[0].indexOf("#");
      const said = {
        message: "` #` starts a comment here, so the rest of the text is lost.",
        help: "Quote the whole value.",
      };
      found.push(diagnose("VRS1003", file, lines, start, node.range[1] + rest[0].length, said));
    },
  });
  return found;
}
