import type { CharacterSet } from "./plain-text.ts";

/** A place in dots from the upper left corner; a cell of the terminal is two dots wide and four high. */
export interface Dot {
  readonly x: number;
  readonly y: number;
}

export const dotsAcross = 2;
export const dotsDown = 4;

/** A raster of characters: shades lie below lines, lines below marks. */
export interface DotCanvas {
  /** A line through places; broken where one is not a number. */
  readonly line: (places: readonly Dot[], isDashed: boolean) => void;
  /** The inside of a polygon; a cell is shaded when the greater part of it lies inside. Dense shades cover light ones. */
  readonly fill: (polygon: readonly Dot[], isDense: boolean) => void;
  /** A character in the cell of a place; nothing outside of the canvas. */
  readonly mark: (place: Dot, character: string) => void;
  /** One text a row of cells, trailing blanks kept. */
  readonly rows: () => readonly string[];
}

/** @param columns cells across @param rows cells down */
export function dotCanvas(columns: number, rows: number, characters: CharacterSet): DotCanvas {
  const [width, height] = [columns * dotsAcross, rows * dotsDown];
  const dots = new Uint8Array(columns * rows);
  const shades = new Uint8Array(columns * rows);
  const marks = new Map<number, string>();
  const cellOf = (x: number, y: number): number => Math.floor(y / dotsDown) * columns + Math.floor(x / dotsAcross);
  const isInside = (x: number, y: number): boolean => x >= 0 && x < width && y >= 0 && y < height;
  const crossed = new Uint8Array(columns * rows);
  const plot = (x: number, y: number, isDrawn: boolean): void => {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    if (!isInside(column, row)) return;
    const cell = cellOf(column, row);
    crossed[cell] = 1;
    if (!isDrawn) return;
    dots[cell] = (dots[cell] ?? 0) | (1 << ((row % dotsDown) * dotsAcross + (column % dotsAcross)));
  };

  return {
    line(places, isDashed) {
      let drawn = 0;
      for (const [index, to] of places.entries()) {
        const from = places[index - 1];
        if (from === undefined) continue;
        const piece = clipped(from, to, width, height);
        if (piece === undefined) continue;
        const [start, end] = piece;
        const steps = Math.max(1, Math.ceil(Math.max(Math.abs(end.x - start.x), Math.abs(end.y - start.y))));
        for (let step = 0; step <= steps; step++) {
          // A dash is four dots long, and so is the gap after it.
          const isDrawn = !isDashed || Math.floor((drawn + step) / 4) % 2 === 0;
          plot(start.x + ((end.x - start.x) * step) / steps, start.y + ((end.y - start.y) * step) / steps, isDrawn);
        }
        drawn += steps;
      }
    },
    fill(polygon, isDense) {
      const inside = new Uint8Array(columns * rows);
      for (let y = 0; y < height; y++) {
        const crossings = crossingsAt(polygon, y + 0.5);
        for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
          const [left, right] = [crossings[pair] ?? 0, crossings[pair + 1] ?? 0];
          for (let x = Math.max(0, Math.ceil(left - 0.5)); x < Math.min(width, right - 0.5); x++) {
            const cell = cellOf(x, y);
            inside[cell] = (inside[cell] ?? 0) + 1;
          }
        }
      }
      for (const [cell, count] of inside.entries())
        if (count * 2 > dotsAcross * dotsDown) shades[cell] = Math.max(isDense ? 2 : 1, shades[cell] ?? 0);
    },
    mark({ x, y }, character) {
      if (isInside(x, y)) marks.set(cellOf(x, y), character);
    },
    rows() {
      const { line, shade } = sets[characters];
      return Array.from({ length: rows }, (_, row) =>
        Array.from({ length: columns }, (_unused, column) => {
          const cell = row * columns + column;
          const own = dots[cell] ?? 0;
          // A shade that shows through the gaps of a dashed line would hide that it is one.
          const ground = crossed[cell] === 1 ? " " : (shade[shades[cell] ?? 0] ?? " ");
          return marks.get(cell) ?? (own > 0 ? line(own) : ground);
        }).join(""),
      );
    },
  };
}

// Bits of a cell, row by row from the upper left; braille numbers its dots by columns: 1 2 3 7 and 4 5 6 8.
const brailleBits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80] as const;

const sets: Readonly<Record<CharacterSet, { readonly line: (bits: number) => string; readonly shade: readonly string[] }>> = {
  unicode: {
    line: (bits) => String.fromCodePoint(0x2800 + brailleBits.reduce((sum, bit, index) => sum + ((bits >> index) & 1 ? bit : 0), 0)),
    shade: [" ", "░", "▒"],
  },
  ascii: {
    line: (bits) => {
      const filled = [0, 1, 2, 3].filter((row) => (bits >> (row * dotsAcross)) & 3);
      if (filled.length >= 3) return "|";
      const middle = filled.reduce((sum, row) => sum + row, 0) / filled.length;
      return middle < 1 ? "'" : middle > 2 ? "." : "-";
    },
    shade: [" ", ":", "%"],
  },
};

/** The piece of a line inside of the canvas (Liang and Barsky 1984); undefined where there is none. */
function clipped(from: Dot, to: Dot, width: number, height: number): readonly [Dot, Dot] | undefined {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  if (!Number.isFinite(dx) || !Number.isFinite(dy)) return undefined;
  let [start, end] = [0, 1];
  for (const [towards, distance] of [
    [-dx, from.x],
    [dx, width - 1e-6 - from.x],
    [-dy, from.y],
    [dy, height - 1e-6 - from.y],
  ] as const) {
    if (towards === 0) {
      if (distance < 0) return undefined;
      continue;
    }
    const share = distance / towards;
    if (towards < 0) start = Math.max(start, share);
    else end = Math.min(end, share);
  }
  if (start > end) return undefined;
  return [
    { x: from.x + start * dx, y: from.y + start * dy },
    { x: from.x + end * dx, y: from.y + end * dy },
  ];
}

/** Where a horizontal line crosses the edges of a closed polygon, from left to right. */
function crossingsAt(polygon: readonly Dot[], y: number): readonly number[] {
  return polygon
    .flatMap((from, index) => {
      const to = polygon[(index + 1) % polygon.length] ?? from;
      if (from.y <= y === to.y <= y || !Number.isFinite(from.y + to.y + from.x + to.x)) return [];
      return [from.x + ((y - from.y) / (to.y - from.y)) * (to.x - from.x)];
    })
    .sort((left, right) => left - right);
}
