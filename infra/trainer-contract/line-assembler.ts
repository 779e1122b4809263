/** A complete line and where it stands. */
export interface StreamLine {
  /** 1, 2, … in the stream. */
  readonly number: number;
  readonly text: string;
}

/** Longer lines are cut off and reported: a trainer that writes a tensor into its log must not fill our memory. */
export const longestLineBytes = 1_048_576;

const newline = 0x0a;

/**
 * Turns bytes that arrive in arbitrary pieces into lines. A line ends with `\n` and nothing else; the piece after the
 * last `\n` waits. Pieces may split a UTF-8 character: bytes are kept, text is made of whole lines only.
 */
export class LineAssembler {
  private pieces: Uint8Array[] = [];
  private pendingBytes = 0;
  private lineOffset: number;
  private lineNumber: number;

  /**
   * @param offset - offset in the stream of the first byte that will be pushed
   * @param number - number of the line that it begins
   */
  constructor(offset = 0, number = 1) {
    this.lineOffset = offset;
    this.lineNumber = number;
  }

  /** Number of the line that is being read. */
  get nextNumber(): number {
    return this.lineNumber;
  }

  /** Offset of the first byte that belongs to no complete line yet: where reading goes on after a restart. */
  get completeUntil(): number {
    return this.lineOffset;
  }

  /** Offset after the last byte pushed. */
  get readUntil(): number {
    return this.lineOffset + this.pendingBytes;
  }

  /** Takes the next bytes and returns the lines that they complete, in order. */
  push(bytes: Uint8Array): readonly StreamLine[] {
    const lines: StreamLine[] = [];
    let start = 0;
    for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, start)) {
      this.keep(bytes.subarray(start, end));
      lines.push(this.takeLine(1));
      start = end + 1;
    }
    this.keep(bytes.subarray(start));
    return lines;
  }

  /** The rest without `\n`, once the writer is known to be gone; undefined when there is none. */
  flush(): StreamLine | undefined {
    return this.pendingBytes === 0 ? undefined : this.takeLine(0);
  }

  private keep(piece: Uint8Array): void {
    const room = longestLineBytes + 1 - this.pieces.reduce((sum, kept) => sum + kept.length, 0);
    if (room > 0 && piece.length > 0) this.pieces.push(piece.slice(0, room));
    this.pendingBytes += piece.length;
  }

  private takeLine(terminatorBytes: number): StreamLine {
    const line = { number: this.lineNumber++, text: Buffer.concat(this.pieces).toString("utf8").replace(/\r$/, "") };
    this.lineOffset += this.pendingBytes + terminatorBytes;
    this.pieces = [];
    this.pendingBytes = 0;
    return line;
  }
}
