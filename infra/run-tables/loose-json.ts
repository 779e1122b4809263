/**
 * JSON as it is found in the wild: `NaN` and `Infinity` as Python writes them, and the text of a Python dictionary (single quotes,
 * True, None, nan, tuples), as data frames hold them. Numbers that are none come back as the words `NaN` and `Infinity`.
 *
 * @returns undefined for what is neither
 */
export function parseLooseJson(text: string): unknown {
  return parse(text) ?? parse(pythonToJson(text));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const token = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(-?\b(?:True|False|None|nan|NaN|inf|Infinity)\b)|([()])|,(?=\s*[\]})])/g;

const words: Readonly<Record<string, string>> = {
  True: "true",
  False: "false",
  None: "null",
  nan: '"NaN"',
  NaN: '"NaN"',
  "-nan": '"NaN"',
  "-NaN": '"NaN"',
  inf: '"Infinity"',
  Infinity: '"Infinity"',
  "-inf": '"-Infinity"',
  "-Infinity": '"-Infinity"',
};

function pythonToJson(text: string): string {
  return text.replace(token, (found: string, single?: string, double?: string, word?: string, bracket?: string) => {
    if (single !== undefined) return JSON.stringify(unescape(single));
    if (double !== undefined) return parse(found) === undefined ? JSON.stringify(unescape(double)) : found;
    if (word !== undefined) return words[word] ?? found;
    if (bracket !== undefined) return bracket === "(" ? "[" : "]";
    return "";
  });
}

function unescape(text: string): string {
  const letters: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "0": "\0" };
  return text.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/gi, (_found, byte?: string, unit?: string, letter?: string) => {
    const code = byte ?? unit;
    return code === undefined ? (letters[letter ?? ""] ?? letter ?? "") : String.fromCharCode(Number.parseInt(code, 16));
  });
}
