import type { Checkpoint, WrittenSegment } from './bulk-writer.ts';
import { checksum } from './checksum.ts';
import { type Disk, pathIn, readWhole, writeWhole } from './disk.ts';
import { StoreError } from './failure.ts';

/** The version of everything the store writes. Raised when older programs could not read it. */
const STORE_FORMAT = 1;

/** What the manifest knows of a segment without opening it. */
export interface SegmentEntry {
  readonly file: string;
  readonly bytes: number;
  readonly checksum: number;
  readonly rows: number;
  /** Bytes of the messages. */
  readonly rawBytes: number;
  /** Numbers of the first row and of the one after the last, in order of arrival. */
  readonly sequence: readonly [from: number, to: number];
  /** Least and greatest time, epoch ms; null when no row has one. */
  readonly messageTime: readonly [min: number, max: number] | null;
  readonly receiptTime: readonly [min: number, max: number] | null;
  /** Messages per `_sourceCategory`; null when there are too many to list. */
  readonly categories: readonly (readonly [category: string, messages: number])[] | null;
}

/** The store at one moment: what is in it. Swapped as a whole. */
export interface Manifest {
  readonly generation: number;
  readonly nextFile: number;
  readonly nextSequence: number;
  /** Logs with smaller numbers are in segments. */
  readonly firstLog: number;
  readonly segments: readonly SegmentEntry[];
  /** Every field that messages ever had, first spelling. */
  readonly fields: readonly string[];
  /** Batch ids of late, oldest first. */
  readonly batchIds: readonly string[];
  /** How far each ingest has come, by its name. */
  readonly checkpoints: readonly (readonly [name: string, text: string])[];
}

export const EMPTY_MANIFEST: Manifest = {
  generation: 0,
  nextFile: 1,
  nextSequence: 0,
  firstLog: 1,
  segments: [],
  fields: [],
  batchIds: [],
  checkpoints: [],
};

const NAME = 'manifest';
const HEAD = /^weir-store (\d+) ([0-9a-f]{8})$/;

/** The manifest's path in a store. */
export function manifestPath(directory: string): string {
  return pathIn(directory, NAME);
}

/** The manifest of a store; null when there is none, `damaged` when it cannot be read. Throws when it is of a newer version. */
export async function readManifest(disk: Disk, directory: string): Promise<Manifest | 'damaged' | null> {
  const bytes = await readWhole(disk, manifestPath(directory));
  if (bytes === null) return null;
  const lineEnd = bytes.indexOf(10);
  const head = HEAD.exec(Buffer.from(bytes.subarray(0, Math.max(0, lineEnd))).toString('latin1'));
  if (head === null) return 'damaged';
  const format = Number(head[1]);
  if (format > STORE_FORMAT) {
    throw new StoreError(
      'newer',
      `the store \`${directory}\` is of format ${format}; this version of weir reads up to ${STORE_FORMAT}`,
      'use the newer weir that wrote it',
    );
  }
  const body = bytes.subarray(lineEnd + 1);
  if (checksum(body) !== Number.parseInt(head[2]!, 16)) return 'damaged';
  try {
    return JSON.parse(new TextDecoder().decode(body)) as Manifest;
  } catch {
    return 'damaged';
  }
}

/** Puts a manifest in place; when this returns it survives a power loss. */
export async function writeManifest(disk: Disk, directory: string, manifest: Manifest): Promise<void> {
  const body = new TextEncoder().encode(JSON.stringify(manifest));
  const sum = checksum(body).toString(16).padStart(8, '0');
  const head = new TextEncoder().encode(`weir-store ${STORE_FORMAT} ${sum}\n`);
  const bytes = new Uint8Array(head.length + body.length);
  bytes.set(head);
  bytes.set(body, head.length);
  await writeWhole(disk, manifestPath(directory), bytes);
}

/** The manifest with more segments and their fields. */
export function withSegments(manifest: Manifest, written: readonly WrittenSegment[]): Manifest {
  const fields = [...manifest.fields];
  const known = new Set(fields.map((name) => name.toLowerCase()));
  for (const name of written.flatMap((segment) => segment.fields)) {
    if (known.has(name.toLowerCase())) continue;
    known.add(name.toLowerCase());
    fields.push(name);
  }
  const segments = [...manifest.segments, ...written.map(({ entry }) => entry)].sort(
    (a, b) => a.sequence[0] - b.sequence[0],
  );
  return { ...manifest, segments, fields };
}

/** The manifest with a checkpoint in the place of one of the same name. */
export function withCheckpoint(manifest: Manifest, checkpoint: Checkpoint | null): Manifest {
  if (checkpoint === null) return manifest;
  const others = manifest.checkpoints.filter(([name]) => name !== checkpoint.name);
  return { ...manifest, checkpoints: [...others, [checkpoint.name, checkpoint.text]] };
}

/** Bytes of all segments. */
export function storedBytes(manifest: Manifest): number {
  return manifest.segments.reduce((bytes, entry) => bytes + entry.bytes, 0);
}
