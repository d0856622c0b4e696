// How wide text is before anybody draws it. The viewer's fonts are not known, so each character has the width that it
// has in DejaVu, the widest of the fonts that the style names: elsewhere there is room left, nowhere too little.

export type Font = "sans" | "bold" | "mono";

/** Hundredths of the size, from the space (32) to the tilde (126). */
const table = (text: string): readonly number[] => text.split(" ").map(Number);

const widths: Readonly<Record<"sans" | "bold", readonly number[]>> = {
  sans: table(
    "32 40 46 84 64 95 78 27 39 39 50 84 32 36 32 34 64 64 64 64 64 64 64 64 64 64 34 34 84 84 84 53 100 68 69 70 77 63 58 77 75 29 29 66 56 86 75 79 60 79 69 63 61 73 68 99 69 61 69 39 34 39 84 50 50 61 63 55 63 62 35 63 63 28 28 58 28 97 63 61 63 63 41 52 39 63 59 82 59 59 52 64 34 64 84",
  ),
  bold: table(
    "35 46 52 84 70 100 87 31 46 46 52 84 38 42 38 37 70 70 70 70 70 70 70 70 70 70 40 40 84 84 84 58 100 77 76 73 83 68 68 82 84 37 37 77 64 100 84 85 73 85 77 72 68 81 77 110 77 72 73 46 37 46 84 50 50 67 72 59 72 68 44 72 71 34 34 67 34 104 71 69 72 72 49 60 48 71 65 92 65 65 58 71 37 71 84",
  ),
};

/** Scripts whose signs are as wide as they are high, and pictures, which some fonts make wider. */
const wide = /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60]/;

export function widthOf(text: string, font: Font, size: number): number {
  let hundredths = 0;
  for (const sign of text) hundredths += widthOfSign(sign, font);
  return (hundredths * size) / 100;
}

function widthOfSign(sign: string, font: Font): number {
  const code = sign.codePointAt(0) ?? 0;
  if (code > 0xffff) return 140;
  if (wide.test(sign)) return 105;
  if (font === "mono") return code < 0x2000 || sign === "→" || sign === "…" || sign === "·" ? 61 : 105;
  return widths[font][code - 32] ?? (code < 0x590 ? 85 : 105);
}

/** In SVG a line break is none, and not everywhere a space. */
const unbroken = (text: string): string => text.trimEnd().replaceAll(/\s*[\r\n]\s*/g, " ");

/** Cut with an ellipsis where it is wider than that. */
export function clipped(written: string, font: Font, size: number, most: number): string {
  const text = unbroken(written);
  if (widthOf(text, font, size) <= most) return text;
  const room = most - widthOf("…", font, size);
  let [kept, width] = ["", 0];
  for (const sign of text) {
    width += widthOf(sign, font, size);
    if (width > room) break;
    kept += sign;
  }
  return `${kept.trimEnd()}…`;
}

/** On lines of that width; the last of `rows` ends with an ellipsis where there is more. */
export function wrap(text: string, font: Font, size: number, most: number, rows: number): readonly string[] {
  const lines: string[] = [];
  let rest = unbroken(text);
  while (rest !== "" && lines.length < rows - 1 && widthOf(rest, font, size) > most) {
    const line = lineOf(rest, font, size, most);
    lines.push(line.trimEnd());
    rest = rest.slice(line.length).trimStart();
  }
  return rest === "" ? lines : [...lines, clipped(rest, font, size, most)];
}

/** As many words as there is room for; a word that is too long is broken. */
function lineOf(text: string, font: Font, size: number, most: number): string {
  let [line, width] = ["", 0];
  for (const sign of text) {
    width += widthOf(sign, font, size);
    if (width > most) break;
    line += sign;
  }
  const space = line.lastIndexOf(" ");
  if (space > line.length / 3) return line.slice(0, space + 1);
  return line === "" ? [...text].slice(0, 1).join("") : line;
}
