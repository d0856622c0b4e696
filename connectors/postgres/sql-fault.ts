// PostgreSQL's errors in words that hold no value of a row and no password.

/**
 * `connection` gone, refused or never there · `busy` the same may work later · `denied` login or rights · `data` the
 * values do not fit · `statement` what was asked does not exist or makes no sense.
 */
export type SqlFaultKind = "connection" | "busy" | "denied" | "data" | "statement";

export interface SqlFault {
  readonly kind: SqlFaultKind;
  /** For people; holds names, never values. */
  readonly message: string;
  /** SQLSTATE, when the server answered. */
  readonly code?: string;
}

const dataNames: Readonly<Record<string, string>> = {
  "22001": "a text is too long for its column",
  "22003": "a number is out of range",
  "22007": "a date or time cannot be read",
  "22008": "a date or time is out of range",
  "22021": "a text holds what the database's encoding does not have",
  "22P02": "a value does not have the form of its type",
  "22P05": "a text holds what the database's encoding does not have",
  "23502": "a value is missing",
  "23503": "what it refers to does not exist, or is still referred to",
  "23505": "it is there already",
  "23514": "a check refuses it",
  "23P01": "an exclusion constraint refuses it",
};

/** Of an error that pg rejects with. */
export function sqlFault(error: unknown): SqlFault {
  const said: Readonly<Record<string, unknown>> =
    typeof error === "object" && error !== null ? Object.fromEntries(Object.entries(error)) : {};
  const message = error instanceof Error ? error.message : "an error";
  const code = typeof said.code === "string" ? said.code : undefined;
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code) || typeof said.severity !== "string") {
    return { kind: "connection", message: connectionMessage(message, code) };
  }
  const kind = kindOf(code);
  if (kind === "data") return { kind, code, message: dataMessage(code, said) };
  return { kind, code, message: `${isOfFunction(said) ? ofFunction : message} (${code})` };
}

const ofFunction = "a function or trigger refuses it";

/** Whatever its code: a function's own words, and statements that it has put together, may quote the row. */
const isOfFunction = ({ routine, where, internalQuery }: Readonly<Record<string, unknown>>): boolean =>
  routine === "exec_stmt_raise" || internalQuery !== undefined || /\bPL\/(?!pgSQL\b)/.test(String(where ?? ""));

function kindOf(code: string): SqlFaultKind {
  if (/^(?:08|57P0|53300)/.test(code)) return "connection";
  if (/^(?:40|53|55|57|58|25006|XX)/.test(code)) return "busy";
  if (/^(?:28|42501)/.test(code)) return "denied";
  // What a trigger raises may quote the row.
  return /^(?:2[1-3]|44|P0)/.test(code) ? "data" : "statement";
}

/** The server's own message and detail quote the value. */
function dataMessage(code: string, said: Readonly<Record<string, unknown>>): string {
  const names = (["schema", "table", "column", "constraint"] as const).flatMap((name) =>
    typeof said[name] === "string" ? [`${name} ${said[name]}`] : [],
  );
  const what = dataNames[code] ?? (code.startsWith("P0") ? ofFunction : "the data do not fit");
  return `${what}${names.length === 0 ? "" : ` (${names.join(", ")})`} (${code})`;
}

function connectionMessage(message: string, code: string | undefined): string {
  // A host that has several addresses gives an error for each of them and no message.
  if (message === "")
    return code === undefined ? "the server cannot be reached" : `the server cannot be reached (${code})`;
  return message;
}
