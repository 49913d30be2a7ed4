import { byte, FlatBuffer, int, long, reference, short } from './flat-buffer.ts';

/**
 * The frame of an Arrow IPC file: magic, schema, dictionary batches, record batches, end of stream,
 * (our index), footer, magic. https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format
 */
export type ArrowType =
  | { readonly kind: 'int'; readonly bits: 8 | 16 | 32 }
  | { readonly kind: 'double' }
  | { readonly kind: 'utf8' }
  | { readonly kind: 'boolean' };

export interface ArrowField {
  readonly name: string;
  readonly type: ArrowType;
  /** Set when the column holds indices into dictionary `id` of texts; `type` is then that of the indices. */
  readonly dictionary: number | null;
  readonly metadata: ReadonlyMap<string, string>;
}

/** The rows and nulls of one column in one batch. */
export interface ArrowNode {
  readonly length: number;
  readonly nulls: number;
}

/** Where a message lies in the file: `[offset, metadata length, body length]`. */
export type ArrowBlock = readonly [offset: number, metadata: number, body: number];

const VERSION_5 = 4;
const HEADER = { schema: 1, dictionaryBatch: 2, recordBatch: 3 };
const TYPE = { int: 2, double: 3, utf8: 5, boolean: 6 };

export const ARROW_MAGIC = new TextEncoder().encode('ARROW1');
const CONTINUATION = 0xffffffff;

/** A whole message without its body: marker, length, metadata, padded. */
function message(flat: FlatBuffer, headerType: number, header: number, bodyLength: number): Uint8Array {
  const root = flat.table([
    short(VERSION_5),
    byte(headerType),
    reference(header),
    bodyLength === 0 ? null : long(bodyLength),
  ]);
  const metadata = flat.finish(root);
  const padded = (metadata.length + 8 + 7) & ~7;
  const bytes = new Uint8Array(padded);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, CONTINUATION, true);
  view.setUint32(4, padded - 8, true);
  bytes.set(metadata, 8);
  return bytes;
}

/** Ends the stream part of the file. */
export function endOfStream(): Uint8Array {
  return Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0);
}

export function schemaMessage(
  fields: readonly ArrowField[],
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const flat = new FlatBuffer();
  return message(flat, HEADER.schema, schemaTable(flat, fields, metadata), 0);
}

/** The head of a record batch; `buffers` are offset and length pairs within the body. */
export function recordBatchMessage(
  rows: number,
  nodes: readonly ArrowNode[],
  buffers: readonly number[],
  bodyLength: number,
): Uint8Array {
  const flat = new FlatBuffer();
  return message(flat, HEADER.recordBatch, recordBatchTable(flat, rows, nodes, buffers), bodyLength);
}

export function dictionaryBatchMessage(
  id: number,
  rows: number,
  nodes: readonly ArrowNode[],
  buffers: readonly number[],
  bodyLength: number,
): Uint8Array {
  const flat = new FlatBuffer();
  const data = recordBatchTable(flat, rows, nodes, buffers);
  return message(flat, HEADER.dictionaryBatch, flat.table([long(id), reference(data), byte(0)]), bodyLength);
}

/** The footer with its length and the closing magic. */
export function footer(
  fields: readonly ArrowField[],
  metadata: ReadonlyMap<string, string>,
  dictionaries: readonly ArrowBlock[],
  batches: readonly ArrowBlock[],
): Uint8Array {
  const flat = new FlatBuffer();
  const schema = schemaTable(flat, fields, metadata);
  const root = flat.table([
    short(VERSION_5),
    reference(schema),
    reference(blocks(flat, dictionaries)),
    reference(blocks(flat, batches)),
  ]);
  const bytes = flat.finish(root);
  const whole = new Uint8Array(bytes.length + 4 + ARROW_MAGIC.length);
  whole.set(bytes);
  new DataView(whole.buffer).setUint32(bytes.length, bytes.length, true);
  whole.set(ARROW_MAGIC, bytes.length + 4);
  return whole;
}

function blocks(flat: FlatBuffer, list: readonly ArrowBlock[]): number {
  return flat.structs(list.flat(), 3);
}

function schemaTable(
  flat: FlatBuffer,
  fields: readonly ArrowField[],
  metadata: ReadonlyMap<string, string>,
): number {
  const tables = fields.map((field) => fieldTable(flat, field));
  const list = flat.references(tables);
  return flat.table([short(0), reference(list), keyValues(flat, metadata)]);
}

function keyValues(flat: FlatBuffer, metadata: ReadonlyMap<string, string>) {
  if (metadata.size === 0) return null;
  const entries = [...metadata].map(([key, value]) => {
    const keyAt = flat.string(key);
    const valueAt = flat.string(value);
    return flat.table([reference(keyAt), reference(valueAt)]);
  });
  return reference(flat.references(entries));
}

function fieldTable(flat: FlatBuffer, field: ArrowField): number {
  const name = flat.string(field.name);
  const metadata = keyValues(flat, field.metadata);
  const children = flat.references([]);
  const dictionary = field.dictionary === null ? null : dictionaryTable(flat, field.dictionary, field.type);
  const valueType: ArrowType = field.dictionary === null ? field.type : { kind: 'utf8' };
  return flat.table([
    reference(name),
    byte(1),
    byte(TYPE[valueType.kind]),
    reference(typeTable(flat, valueType)),
    dictionary === null ? null : reference(dictionary),
    reference(children),
    metadata,
  ]);
}

function dictionaryTable(flat: FlatBuffer, id: number, indices: ArrowType): number {
  const index = typeTable(flat, indices);
  return flat.table([long(id), reference(index), byte(0)]);
}

function typeTable(flat: FlatBuffer, type: ArrowType): number {
  switch (type.kind) {
    case 'int':
      return flat.table([int(type.bits), byte(0)]);
    case 'double':
      return flat.table([short(2)]);
    case 'utf8':
    case 'boolean':
      return flat.table([]);
  }
}

function recordBatchTable(
  flat: FlatBuffer,
  rows: number,
  nodes: readonly ArrowNode[],
  buffers: readonly number[],
): number {
  const buffersAt = flat.structs(buffers, 2);
  const nodesAt = flat.structs(
    nodes.flatMap((node) => [node.length, node.nulls]),
    2,
  );
  const compression = flat.table([byte(1), byte(0)]); // zstd, each buffer on its own
  return flat.table([long(rows), reference(nodesAt), reference(buffersAt), reference(compression)]);
}
