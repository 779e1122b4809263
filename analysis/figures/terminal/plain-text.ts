/** What a terminal can show: all of Unicode, or the 95 printable characters of ASCII. */
export const characterSets = ["unicode", "ascii"] as const;
export type CharacterSet = (typeof characterSets)[number];

/**
 * Text of a Plotly figure, which is a little HTML, as a line of a terminal: `2<sup>−9</sup>` is `2⁻⁹` or `2^-9`, a line break is a blank.
 *
 * @returns one line; with `ascii` of printable ASCII alone
 */
export function plainText(markup: string, characters: CharacterSet): string {
  const text = markup
    .replace(/<sup>(.*?)<\/sup>/g, (_, raised: string) => raisedText(raised, characters))
    .replace(/<sub>(.*?)<\/sub>/g, (_, lowered: string) => `_${lowered}`)
    .replace(/<br\s*\/?>/g, " ")
    .replace(/<\/?[a-z][^>]*>/gi, "")
    .replace(/&(amp|lt|gt|quot|nbsp);/g, (_, name: string) => entities[name] ?? "")
    .replace(/\s+/g, " ")
    .trim();
  return characters === "unicode" ? text : asciiText(text);
}

/** A label of an axis: `3 × 10<sup>18</sup>` is `3e18`, which takes half the room; else as `plainText`. */
export function plainTickText(markup: string, characters: CharacterSet): string {
  const power = /^([−-]?)(?:([\d.]+) × )?10<sup>([−-]?\d+)<\/sup>$/.exec(markup);
  if (power === null) return plainText(markup, characters);
  const [, sign = "", factor = "1", exponent = ""] = power;
  return plainText(`${sign}${factor}e${exponent}`, characters);
}

/** Any text in printable ASCII: Greek letters by name, signs by what people type for them, all else as `?`. */
export function asciiText(text: string): string {
  return Array.from(text.normalize("NFKC"), asciiOf).join("");
}

/** Characters of a text, as a terminal counts its columns. */
export function columnsOf(text: string): number {
  return Array.from(text).length;
}

/** Lines of at most so many columns, broken at blanks; a longer word has a line of its own. */
export function wrapText(text: string, columns: number): readonly string[] {
  return text.split(" ").reduce<readonly string[]>((lines, word) => {
    const last = lines.at(-1);
    return last !== undefined && columnsOf(last) + 1 + columnsOf(word) <= columns
      ? [...lines.slice(0, -1), `${last} ${word}`]
      : [...lines, word];
  }, []);
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };
const raisedCharacters: Readonly<Record<string, string>> = Object.fromEntries(
  Array.from("0123456789−-+()n", (character, index) => [character, Array.from("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁺⁽⁾ⁿ")[index] ?? character]),
);
const greekNames =
  "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon phi chi psi omega".split(
    " ",
  );
const signs: Readonly<Record<string, string>> = {
  "−": "-",
  "–": "-",
  "—": "-",
  "·": ".",
  "×": "x",
  "±": "+/-",
  "≤": "<=",
  "≥": ">=",
  "≠": "!=",
  "≈": "~",
  "∞": "inf",
  "…": "...",
  "→": "->",
  "←": "<-",
  "∝": "~",
  "√": "sqrt",
  "‘": "'",
  "’": "'",
  "“": '"',
  "”": '"',
};

function raisedText(text: string, characters: CharacterSet): string {
  const raised = Array.from(text, (character) => raisedCharacters[character]);
  return characters === "unicode" && raised.every((character) => character !== undefined) ? raised.join("") : `^${text}`;
}

function asciiOf(character: string): string {
  if (character >= " " && character <= "~") return character;
  const code = character.codePointAt(0) ?? 0;
  // α is 0x3b1, Α is 0x391.
  const greek = greekNames[code - 0x3b1] ?? greekNames[code - 0x391];
  return signs[character] ?? greek ?? "?";
}
