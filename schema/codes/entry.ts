// One code of the catalogue, with an example of the mistake and of its mend.

import type { Severity } from "../diagnostic.ts";

export interface CodeEntry {
  readonly severity: Severity;
  /** A noun phrase: the heading of its page. */
  readonly title: string;
  /** What it means and what to do, for somebody who sees it for the first time. Markdown, one or two paragraphs. */
  readonly text: string;
  readonly example?: Example;
  readonly retired?: true;
}

/**
 * Lines of a spec. What an integration has besides, and the rest of its workspace, is the frame that
 * docs/diagnostics.md shows; a line `# path` begins another file. A test compiles both.
 */
export interface Example {
  readonly bad: readonly string[];
  readonly good: readonly string[];
}

export const entry = (severity: Severity, title: string, text: string, example?: Example): CodeEntry => ({
  severity,
  title,
  text,
  ...(example === undefined ? {} : { example }),
});
