// Files as a tree, with a word on each.

interface Row {
  readonly path: string;
  readonly about: string;
}

export interface TreeLine {
  /** The lines that lead to it. */
  readonly branch: string;
  readonly name: string;
  /** With what puts it under the others. */
  readonly about: string;
}

/** The first folder, with those below it that hold all that it holds. */
function headOf(path: string, rows: readonly Row[]): string {
  const [first = "", ...parts] = path.split("/");
  const within = (head: string): number => rows.filter((row) => row.path.startsWith(`${head}/`)).length;
  let head = first;
  for (const part of parts) {
    if (within(`${head}/${part}`) !== within(head)) break;
    head = `${head}/${part}`;
  }
  return head;
}

/** Folders with a single thing in them stand with it on one line. */
export function tree(rows: readonly Row[]): readonly TreeLine[] {
  const lines = branches(rows, "  ");
  const width = Math.max(...lines.map(({ branch, name }) => branch.length + name.length)) + 3;
  return lines.map(({ branch, name, about }) => ({
    branch,
    name,
    about: about === "" ? "" : `${" ".repeat(width - branch.length - name.length)}${about}`,
  }));
}

function branches(rows: readonly Row[], indent: string): readonly TreeLine[] {
  const heads = [...new Set(rows.map(({ path }) => headOf(path, rows)))];
  return heads.flatMap((head, at) => {
    const last = at === heads.length - 1;
    const branch = `${indent}${last ? "└─ " : "├─ "}`;
    const inside = rows
      .filter(({ path }) => path.startsWith(`${head}/`))
      .map(({ path, about }) => ({ path: path.slice(head.length + 1), about }));
    const [only] = inside;
    if (only === undefined) return [{ branch, name: head, about: rows.find(({ path }) => path === head)?.about ?? "" }];
    if (inside.length === 1) return [{ branch, name: `${head}/${only.path}`, about: only.about }];
    return [{ branch, name: `${head}/`, about: "" }, ...branches(inside, `${indent}${last ? "   " : "│  "}`)];
  });
}
