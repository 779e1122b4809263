/** What a record file holds, and how it ends. */
export interface TfRecords {
  readonly records: readonly Uint8Array[];
  /** What is wrong after the last of them; undefined for a whole file. A file cut in the middle of a record is only `cut`. */
  readonly end: "whole" | "cut" | "damaged";
}

/**
 * Records of a TFRecord file, as TensorBoard writes them: length (u64), its masked CRC-32C, the bytes, theirs. A run that is
 * still training, or was killed, ends within a record: what is before it is good.
 */
export function readTfRecords(file: Uint8Array): TfRecords {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at < file.length) {
    if (at + 12 > file.length) return { records, end: "cut" };
    if (maskedCrc(file.subarray(at, at + 8)) !== view.getUint32(at + 8, true)) return { records, end: "damaged" };
    const length = Number(view.getBigUint64(at, true));
    const end = at + 12 + length;
    if (end + 4 > file.length) return { records, end: "cut" };
    const record = file.subarray(at + 12, end);
    if (maskedCrc(record) !== view.getUint32(end, true)) return { records, end: "damaged" };
    records.push(record);
    at = end + 4;
  }
  return { records, end: "whole" };
}

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value;
});

/** CRC-32C (Castagnoli), rotated and offset as TFRecord does, so that a checksum of checksums is none. */
function maskedCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (table[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  crc = ~crc >>> 0;
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
