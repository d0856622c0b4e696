// The lines of a formatted text: at most one blank line in a row, comments behind a line or on lines of their own, no
// space at the end. Comments that the author had put in one column stay in one.

export interface Writer {
  /** Text that goes on in the current line after a space, or begins a line when that one ended. */
  text(text: string, indent: number): void;
  /** The next text begins a line. */
  breakLine(): void;
  /** Lines as they are: the body of a block. */
  raw(lines: readonly string[]): void;
  /** `column`: where the author had put it. */
  comment(text: string, column: number, indent: number): void;
  /** A line end of the author's. */
  lineEnd(count?: number): void;
  /** Line ends so far were those of a bracket that is gone. */
  forget(): void;
  /** What comes next stands right under the current line. */
  tight(): void;
  /** Something stands on the current line, and more may follow. */
  open(): boolean;
  /** Width of the current line. */
  width(): number;
  finish(): string;
}

interface Line {
  text: string;
  /** Nothing may follow on it. */
  readonly closed: boolean;
  comment?: { readonly text: string; readonly column: number };
}

export function createWriter(): Writer {
  const lines: Line[] = [];
  let ends = 0;
  let noBlank = true;
  let broken = true;
  const last = (): Line | undefined => lines.at(-1);
  const open = (): boolean => {
    const line = last();
    return line !== undefined && !line.closed && line.comment === undefined && line.text !== "";
  };
  const start = (text: string, closed = false): void => {
    if (ends > 1 && !noBlank) lines.push({ text: "", closed: true });
    lines.push({ text, closed });
    noBlank = false;
  };
  return {
    text: (text, indent) => {
      const line = last();
      if (broken || line === undefined || !open()) start(" ".repeat(indent) + text);
      else line.text += ` ${text}`;
      noBlank = false;
      ends = 0;
      broken = false;
    },
    breakLine: () => {
      broken = true;
    },
    raw: (texts) => {
      for (const text of texts) lines.push({ text, closed: true });
      ends = 0;
      noBlank = false;
    },
    comment: (text, column, indent) => {
      const line = last();
      if (ends === 0 && open() && line !== undefined) line.comment = { text: text.trimEnd(), column };
      else start(" ".repeat(indent) + text.trimEnd(), true);
      ends = 0;
    },
    lineEnd: (count = 1) => {
      ends += count;
    },
    forget: () => {
      ends = 0;
    },
    tight: () => {
      noBlank = true;
    },
    open: () => open() && !broken,
    width: () => (open() && !broken ? (last()?.text.length ?? 0) : 0),
    finish: () => {
      const columns = kept(lines);
      const texts = lines.map(({ text, comment }) => {
        if (comment === undefined) return text;
        return columns.has(comment.column) && text.length < comment.column
          ? text.padEnd(comment.column) + comment.text
          : `${text} ${comment.text}`;
      });
      return texts.length === 0 ? "" : `${texts.join("\n")}\n`;
    },
  };
}

/** The columns in which several comments stood below each other, and still can. */
function kept(lines: readonly Line[]): ReadonlySet<number> {
  const columns = new Map<number, { count: number; padded: boolean }>();
  for (const { text, comment } of lines) {
    if (comment === undefined || text.length >= comment.column) continue;
    const known = columns.get(comment.column) ?? { count: 0, padded: false };
    known.count += 1;
    known.padded ||= text.length + 1 < comment.column;
    columns.set(comment.column, known);
  }
  return new Set([...columns].filter(([, { count, padded }]) => count > 1 && padded).map(([column]) => column));
}
