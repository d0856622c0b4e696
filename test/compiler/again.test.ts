// A compiler that stays open must say what a fresh one says, whatever was edited, removed and brought back before.

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scriptTools } from "../../cli/script-tools.ts";
import { createTypeChecker, type TypeChecker } from "../../compiler/4-check/type-checker.ts";
import { compile, createCompiler } from "../../compiler/compile.ts";
import { manifests } from "../../connectors/all.ts";
import { anyEdit, type Edit, edited, examples, said } from "../rig/edited.ts";
import { runs } from "../rig/runs.ts";
import { filesOf, type Texts } from "../rig/texts.ts";

const checker = createTypeChecker();
afterAll(() => checker.close());

/** Of the same scripts it says the same, and each time it would start a process. */
const scriptFindings = new Map<string, ReturnType<TypeChecker["checkScripts"]>>();
const remembering: TypeChecker = {
  ...checker,
  checkScripts: (scripts) => {
    const key = JSON.stringify([...scripts]);
    const found = scriptFindings.get(key) ?? checker.checkScripts(scripts);
    scriptFindings.set(key, found);
    return found;
  },
};

/** What a fresh compiler says of these texts: the same texts come again and again. */
const known = new Map<string, ReturnType<typeof said>>();

function fresh(texts: Texts): ReturnType<typeof said> {
  const key = JSON.stringify([...texts]);
  const files = filesOf("/w", () => texts);
  const says =
    known.get(key) ?? said(compile({ root: "/w", files, manifests, checker: remembering, scripts: scriptTools() }));
  known.set(key, says);
  return says;
}

interface Open {
  readonly edit: (edits: readonly Edit[]) => void;
  readonly close: () => void;
}

/** A compiler that stays open, with a type checker of its own. */
function opened(): Open {
  let texts: Texts = examples;
  const files = filesOf("/w", () => texts);
  const staying = createTypeChecker();
  const again = createCompiler({ root: "/w", files, manifests, checker: staying, scripts: scriptTools() });
  expect(again().diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return {
    edit: (edits) => {
      for (const edit of edits) {
        texts = edited(texts, edit);
        expect(said(again())).toEqual(fresh(texts));
      }
    },
    close: () => staying.close(),
  };
}

function expectSame(edits: readonly Edit[]): void {
  const open = opened();
  try {
    open.edit(edits);
  } finally {
    open.close();
  }
}

test("after any edits it says what a fresh one says", () => {
  fc.assert(fc.property(fc.array(anyEdit, { minLength: 3, maxLength: 8 }), expectSame), { numRuns: runs(3) });
});

test("a case's body is held against its contract as it is now", () => {
  let texts: Texts = examples;
  const again = createCompiler({
    root: "/w",
    files: filesOf("/w", () => texts),
    manifests,
    checker: remembering,
    scripts: scriptTools(),
  });
  const misfits = (contract: (text: string) => string): readonly string[] => {
    const path = "contracts/order@1.json";
    texts = new Map([...examples, [path, contract(examples.get(path) ?? "")]]);
    return again().diagnostics.flatMap(({ code, message }) => (code === "VRS2037" ? [message] : []));
  };
  expect(misfits((text) => text)).toEqual([]);
  const open = misfits((text) => text.replace('["paid", "open"]', '["open", "shut"]'));
  expect(open[0]).toContain("`status` does not fit order@1");
  expect(misfits((text) => text)).toEqual([]);
});

const at = (file: string, kind: Edit["kind"], line = 0): Edit => ({
  kind,
  file: [...examples.keys()].findIndex((path) => path.includes(file)),
  at: line,
  word: 0,
});

describe("one that stays open through all of these", () => {
  let open: Open;
  beforeAll(() => {
    open = opened();
  });
  afterAll(() => open.close());

  test.each([...examples.keys()].map((path, index) => [path, index] as const))(
    "without %s, and with it again",
    (path, index) => {
      open.edit([at(path, "remove"), at(path, "restore")]);
      if (index % 3 === 0) open.edit([at(path, "comment"), at(path, "restore")]);
    },
  );
});
