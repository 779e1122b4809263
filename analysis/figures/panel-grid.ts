/** Where one panel of many lies, in shares of the paper; row 0 is the uppermost. */
export interface PanelPlace {
  readonly row: number;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** More panels side by side than this have no room for a learning rate's ticks on a page. */
const mostColumns = 4;

/** Panels in reading order, side by side up to four (or fewer, where each needs more width), then in rows of equal columns. */
export function panelGrid(panels: number, sideBySide: number = mostColumns): readonly PanelPlace[] {
  const columns = Math.max(1, Math.min(panels, sideBySide));
  const rows = Math.max(1, Math.ceil(panels / columns));
  const gap = 0.04;
  const width = (1 - gap * (columns - 1)) / columns;
  // Between rows: ticks, the title of the axis and the next panel's own title.
  const rowGap = rows === 1 ? 0 : 0.28 / rows;
  const height = (1 - rowGap * (rows - 1)) / rows;
  return Array.from({ length: panels }, (_, index) => {
    const row = Math.floor(index / columns);
    const left = (index % columns) * (width + gap);
    const top = 1 - row * (height + rowGap);
    return { row, x: [left, left + width], y: [rows === 1 ? 0 : Math.max(0, top - height), top] };
  });
}

/** Pixels that so many rows need; undefined where one row takes what the page gives. */
export function panelGridHeight(places: readonly PanelPlace[]): number | undefined {
  const rows = Math.max(0, ...places.map(({ row }) => row)) + 1;
  return rows === 1 ? undefined : 110 + 260 * rows;
}
