import { gzipSync, zstdCompressSync } from 'node:zlib';

/** A column of a small Parquet file: its physical type and its values; null where there is none. */
export interface ParquetColumn {
  readonly name: string;
  readonly type: 'int32' | 'int64' | 'string';
  readonly values: readonly (string | number | bigint | null)[];
}

/** How pages are packed. */
export type Codec = 'gzip' | 'zstd' | 'lz4' | 'none';

const PACKED: Readonly<Record<Codec, (body: Buffer) => Buffer>> = {
  gzip: (body) => gzipSync(body),
  zstd: (body) => zstdCompressSync(body),
  lz4: (body) => lz4Block(body),
  none: (body) => body,
};

/** An LZ4 block of literals only. */
function lz4Block(body: Buffer): Buffer {
  if (body.length < 15) return Buffer.concat([Buffer.from([body.length << 4]), body]);
  const more = body.length - 15;
  const lengths = [...Array<number>(Math.floor(more / 255)).fill(255), more % 255];
  return Buffer.concat([Buffer.from([0xf0, ...lengths]), body]);
}

/**
 * A Parquet file as a log service delivers it: one data page per column and row group, plain encoding,
 * optional columns, one codec. Just enough of the format (thrift compact protocol) to test readers.
 */
export function parquetFile(groups: readonly (readonly ParquetColumn[])[], codec: Codec = 'gzip'): Buffer {
  const parts: Buffer[] = [Buffer.from('PAR1')];
  let offset = 4;
  const rowGroups = groups.map((columns) => {
    const chunks = columns.map((column) => {
      const page = dataPage(column, codec);
      parts.push(page.bytes);
      const at = offset;
      offset += page.bytes.length;
      return { column, at, size: page.bytes.length, plain: page.plain };
    });
    return { chunks, rows: columns[0]?.values.length ?? 0 };
  });
  const columns = groups[0] ?? [];
  const footer = new Thrift();
  footer.i32(1, 1);
  footer.list(2, 12, columns.length + 1);
  footer.begin();
  footer.binary(4, 'schema');
  footer.i32(5, columns.length);
  footer.end();
  for (const { name, type } of columns) {
    footer.begin();
    footer.i32(1, typeCode(type));
    footer.i32(3, 1);
    footer.binary(4, name);
    if (type === 'string') footer.i32(6, 0);
    footer.end();
  }
  footer.i64(
    3,
    rowGroups.reduce((sum, { rows }) => sum + rows, 0),
  );
  footer.list(4, 12, rowGroups.length);
  for (const { chunks, rows } of rowGroups) {
    footer.begin();
    footer.list(1, 12, chunks.length);
    for (const { column, at, size, plain } of chunks) {
      footer.begin();
      footer.i64(2, at);
      footer.struct(3);
      footer.i32(1, typeCode(column.type));
      footer.list(2, 5, 2);
      footer.varint(0);
      footer.varint(3 << 1);
      footer.list(3, 8, 1);
      footer.text(column.name);
      footer.i32(4, { none: 0, gzip: 2, zstd: 6, lz4: 7 }[codec]);
      footer.i64(5, rows);
      footer.i64(6, plain);
      footer.i64(7, size);
      footer.i64(9, at);
      footer.end();
      footer.end();
    }
    footer.i64(
      2,
      chunks.reduce((sum, { size }) => sum + size, 0),
    );
    footer.i64(3, rows);
    footer.end();
  }
  footer.stop();
  const bytes = footer.bytes();
  const tail = Buffer.alloc(8);
  tail.writeUInt32LE(bytes.length);
  tail.write('PAR1', 4);
  return Buffer.concat([...parts, bytes, tail]);
}

function typeCode(type: ParquetColumn['type']): number {
  return { int32: 1, int64: 2, string: 6 }[type];
}

function dataPage({ type, values }: ParquetColumn, codec: Codec) {
  const levels = definitionLevels(values.map((value) => value !== null));
  const body = Buffer.concat([
    levels,
    ...values.flatMap((value) => (value === null ? [] : [plainValue(type, value)])),
  ]);
  const packed = PACKED[codec](body);
  const header = new Thrift();
  header.i32(1, 0);
  header.i32(2, body.length);
  header.i32(3, packed.length);
  header.struct(5);
  header.i32(1, values.length);
  header.i32(2, 0);
  header.i32(3, 3);
  header.i32(4, 3);
  header.end();
  header.stop();
  return { bytes: Buffer.concat([header.bytes(), packed]), plain: header.bytes().length + body.length };
}

/** Bit-packed runs of one bit, with their length before them. */
function definitionLevels(present: readonly boolean[]): Buffer {
  const groups = Math.ceil(present.length / 8);
  const bits = Buffer.alloc(groups);
  present.forEach((one, row) => {
    if (one) bits[row >> 3]! |= 1 << (row & 7);
  });
  const run = new Thrift();
  run.varint((groups << 1) | 1);
  const body = Buffer.concat([run.bytes(), bits]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}

function plainValue(type: ParquetColumn['type'], value: string | number | bigint): Buffer {
  switch (type) {
    case 'int32': {
      const bytes = Buffer.alloc(4);
      bytes.writeInt32LE(Number(value));
      return bytes;
    }
    case 'int64': {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(BigInt(value));
      return bytes;
    }
    case 'string': {
      const text = Buffer.from(String(value));
      const length = Buffer.alloc(4);
      length.writeUInt32LE(text.length);
      return Buffer.concat([length, text]);
    }
  }
}

/** Writes the thrift compact protocol. */
class Thrift {
  readonly #out: number[] = [];
  readonly #lasts: number[] = [0];

  bytes(): Buffer {
    return Buffer.from(this.#out);
  }

  varint(value: number): void {
    let left = BigInt(value);
    while (left > 127n) {
      this.#out.push(Number(left & 127n) | 128);
      left >>= 7n;
    }
    this.#out.push(Number(left));
  }

  i32(id: number, value: number): void {
    this.#field(id, 5);
    this.varint(value * 2);
  }

  i64(id: number, value: number): void {
    this.#field(id, 6);
    this.varint(value * 2);
  }

  binary(id: number, value: string): void {
    this.#field(id, 8);
    this.text(value);
  }

  text(value: string): void {
    const bytes = Buffer.from(value);
    this.varint(bytes.length);
    this.#out.push(...bytes);
  }

  list(id: number, type: number, size: number): void {
    this.#field(id, 9);
    if (size < 15) this.#out.push((size << 4) | type);
    else {
      this.#out.push(0xf0 | type);
      this.varint(size);
    }
  }

  struct(id: number): void {
    this.#field(id, 12);
    this.begin();
  }

  begin(): void {
    this.#lasts.push(0);
  }

  end(): void {
    this.stop();
    this.#lasts.pop();
  }

  stop(): void {
    this.#out.push(0);
  }

  #field(id: number, type: number): void {
    const last = this.#lasts.at(-1) ?? 0;
    this.#out.push(((id - last) << 4) | type);
    this.#lasts[this.#lasts.length - 1] = id;
  }
}
