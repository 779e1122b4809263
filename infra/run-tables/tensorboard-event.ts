import protobuf from "protobufjs/minimal.js";
import type { Cell } from "../../analysis/expressions/cell.ts";

/** What an event of a TensorBoard log says that a row of runs can hold. */
export interface TensorboardEvent {
  readonly step: number;
  readonly scalars: readonly { readonly tag: string; readonly value: number }[];
  /** Hyperparameters of the session, where this event begins one. */
  readonly hyperparameters: readonly (readonly [string, Cell])[];
  /** How the session ended, where this event ends one. */
  readonly ended?: "success" | "failure" | "running";
}

type Reader = protobuf.Reader;

/**
 * Reads the fields that matter of `tensorflow.Event`, `Summary`, `TensorProto` and of TensorBoard's `HParamsPluginData` (their
 * .proto files give the field numbers); all others are skipped.
 *
 * @throws RangeError or Error of protobufjs when the bytes are no such message
 */
export function readEvent(bytes: Uint8Array): TensorboardEvent {
  let step = 0;
  const scalars: { tag: string; value: number }[] = [];
  const hyperparameters: (readonly [string, Cell])[] = [];
  let ended: TensorboardEvent["ended"];
  readFields(protobuf.Reader.create(bytes), (field, reader) => {
    if (field === 2) step = toNumber(reader.int64());
    else if (field === 5)
      readMessage(reader, (summaryField, summary) => {
        if (summaryField !== 1) return false;
        const value = readValue(summary);
        if (value.number !== undefined) scalars.push({ tag: value.tag, value: value.number });
        if (value.session !== undefined) {
          hyperparameters.push(...value.session.hyperparameters);
          ended = value.session.ended ?? ended;
        }
        return true;
      });
    else return false;
    return true;
  });
  return { step, scalars, hyperparameters, ...(ended === undefined ? {} : { ended }) };
}

type Session = Pick<TensorboardEvent, "hyperparameters" | "ended">;

/** `Summary.Value`: a scalar, old style or as a tensor of one element; or what the plugin `hparams` says. */
function readValue(reader: Reader): { readonly tag: string; readonly number?: number; readonly session?: Session } {
  let tag = "";
  let number: number | undefined;
  let plugin = "";
  let content: Uint8Array = new Uint8Array();
  readMessage(reader, (field, value) => {
    if (field === 1) tag = value.string();
    else if (field === 2) number = value.float();
    else if (field === 8) number = readTensor(value) ?? number;
    else if (field === 9)
      readMessage(value, (metadataField, metadata) => {
        if (metadataField !== 1) return false;
        readMessage(metadata, (pluginField, pluginData) => {
          if (pluginField === 1) plugin = pluginData.string();
          else if (pluginField === 2) content = pluginData.bytes();
          else return false;
          return true;
        });
        return true;
      });
    else return false;
    return true;
  });
  if (plugin === "hparams") return { tag, session: readSession(content) };
  // Images, histograms and texts are tensors too; what is no scalar has another plugin.
  return number !== undefined && (plugin === "" || plugin === "scalars") ? { tag, number } : { tag };
}

/** `TensorProto` of one number: its element, undefined when it holds none or several. */
function readTensor(reader: Reader): number | undefined {
  let type = 0;
  let content: Uint8Array = new Uint8Array();
  const numbers: number[] = [];
  readMessage(reader, (field, tensor, wire) => {
    if (field === 1) type = tensor.int32();
    else if (field === 4) content = tensor.bytes();
    else if (field === 5) readPacked(tensor, wire, () => numbers.push(tensor.float()));
    else if (field === 6) readPacked(tensor, wire, () => numbers.push(tensor.double()));
    else if (field === 7) readPacked(tensor, wire, () => numbers.push(tensor.int32()));
    else if (field === 10) readPacked(tensor, wire, () => numbers.push(toNumber(tensor.int64())));
    else return false;
    return true;
  });
  if (content.length === 0) return numbers.length === 1 ? numbers[0] : undefined;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  // DT_FLOAT, DT_DOUBLE, DT_INT32, DT_INT64
  if (type === 1 && content.length === 4) return view.getFloat32(0, true);
  if (type === 2 && content.length === 8) return view.getFloat64(0, true);
  if (type === 3 && content.length === 4) return view.getInt32(0, true);
  return type === 9 && content.length === 8 ? Number(view.getBigInt64(0, true)) : undefined;
}

/** `HParamsPluginData`: the beginning or the end of a session. */
function readSession(content: Uint8Array): Session {
  const hyperparameters: (readonly [string, Cell])[] = [];
  let ended: Session["ended"];
  readFields(protobuf.Reader.create(content), (field, reader) => {
    if (field === 3)
      readMessage(reader, (startField, start) => {
        if (startField !== 1) return false;
        hyperparameters.push(readMapEntry(start));
        return true;
      });
    else if (field === 4)
      readMessage(reader, (endField, end) => {
        if (endField !== 1) return false;
        ended = ([undefined, "success", "failure", "running"] as const)[end.int32()];
        return true;
      });
    else return false;
    return true;
  });
  return { hyperparameters, ...(ended === undefined ? {} : { ended }) };
}

/** An entry of `map<string, google.protobuf.Value>`. */
function readMapEntry(reader: Reader): readonly [string, Cell] {
  let name = "";
  let cell: Cell = null;
  readMessage(reader, (field, entry) => {
    if (field === 1) name = entry.string();
    else if (field === 2)
      readMessage(entry, (valueField, value) => {
        if (valueField === 2) cell = value.double();
        else if (valueField === 3) cell = value.string();
        else if (valueField === 4) cell = value.bool();
        else return false;
        return true;
      });
    else return false;
    return true;
  });
  return [name, cell];
}

/** Told of each field; it reads the field and says true, or leaves it to be skipped. */
type OnField = (field: number, reader: Reader, wire: number) => boolean;

function readMessage(reader: Reader, onField: OnField): void {
  readFields(protobuf.Reader.create(reader.bytes()), onField);
}

function readFields(reader: Reader, onField: OnField): void {
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (!onField(tag >>> 3, reader, tag & 7)) reader.skipType(tag & 7);
  }
}

/** Elements of a repeated number, packed or one by one. */
function readPacked(reader: Reader, wire: number, readOne: () => void): void {
  if (wire !== 2) {
    readOne();
    return;
  }
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) readOne();
}

/** A 64-bit integer as a double: exact below 2^53, the nearest beyond. */
function toNumber(value: { readonly high: number; readonly low: number }): number {
  return value.high * 4_294_967_296 + (value.low >>> 0);
}
