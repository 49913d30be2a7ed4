import { glob, lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, reasonOf } from '../engine/reason-of.ts';
import { type ByteStream, InputProblem } from './byte-stream.ts';

/** A file to read. `-` is standard input. */
export interface InputFile {
  /** As users named or would name it. */
  readonly path: string;
  /** Bytes on disk, null when not known (standard input, pipes). */
  readonly size: number | null;
}

/** A path that leads to no file. */
export interface PathProblem {
  readonly path: string;
  readonly message: string;
}

/** The name of standard input among paths. */
export const STDIN = '-';

const READ_BYTES = 1 << 20;

/**
 * The files that paths, folders and globs stand for, in order, each once. Folders are read to all
 * depths in order of name, without entries whose name starts with a dot. A path that exists is taken
 * as it is, even with `*` or `[` in it.
 */
export async function findFiles(
  paths: readonly string[],
): Promise<{ readonly files: readonly InputFile[]; readonly problems: readonly PathProblem[] }> {
  const files: InputFile[] = [];
  const problems: PathProblem[] = [];
  const seen = new Set<string>();
  for (const path of paths) {
    try {
      if (path === STDIN) {
        if (!seen.has(STDIN)) files.push({ path, size: null });
        seen.add(STDIN);
        continue;
      }
      if (await exists(path)) {
        await addPath(path, true, files, problems, seen);
        continue;
      }
      const matches = isGlob(path) ? await globbed(path) : [];
      if (matches.length === 0) {
        problems.push({ path, message: isGlob(path) ? 'no file matches' : 'no such file or folder' });
      }
      for (const match of matches) await addPath(match, true, files, problems, seen);
    } catch (failure) {
      problems.push({ path, message: systemMessage(failure) });
    }
  }
  return { files, problems };
}

async function exists(path: string): Promise<boolean> {
  if (path.includes('\0')) throw new Error('a path cannot contain a NUL');
  try {
    await lstat(path);
    return true;
  } catch (failure) {
    const code = codeOf(failure);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return false;
    throw failure;
  }
}

function isGlob(path: string): boolean {
  return /[*?[{]/.test(path);
}

async function globbed(pattern: string): Promise<string[]> {
  const matches: string[] = [];
  for await (const match of glob(pattern)) matches.push(match);
  return matches.sort();
}

async function addPath(
  path: string,
  named: boolean,
  files: InputFile[],
  problems: PathProblem[],
  seen: Set<string>,
): Promise<void> {
  let real: string;
  let info: Awaited<ReturnType<typeof stat>>;
  try {
    info = await stat(path);
    // A pipe (`<(zcat …)`) has no lasting real path.
    real = info.isFile() || info.isDirectory() ? await realpath(path) : path;
  } catch (failure) {
    problems.push({ path, message: systemMessage(failure) });
    return;
  }
  if (seen.has(real)) return;
  seen.add(real);
  if (info.isDirectory()) {
    let names: string[];
    try {
      names = (await readdir(path)).sort();
    } catch (failure) {
      problems.push({ path, message: systemMessage(failure) });
      return;
    }
    for (const name of names) {
      if (!name.startsWith('.')) await addPath(join(path, name), false, files, problems, seen);
    }
    return;
  }
  if (info.isFile()) files.push({ path, size: info.size });
  else if (named && (info.isFIFO() || info.isCharacterDevice())) files.push({ path, size: null });
  else problems.push({ path, message: 'it is not a regular file' });
}

/** Reads a file from its beginning, about 1 MB at a time, always into the same buffer. */
async function* readFileChunks(path: string): AsyncGenerator<Uint8Array> {
  const handle = await open(path, 'r');
  try {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, READ_BYTES, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Opens a file, or standard input for `-`. Errors appear when it is read. */
export function openFile(file: InputFile, stdin: ByteStream = process.stdin): ByteStream {
  return file.path === STDIN ? stdin : readFileChunks(file.path);
}

/** The stream, telling `onBytes` of every piece that passes. */
export async function* watched(
  stream: ByteStream,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of stream) {
    onBytes(chunk.length);
    yield chunk;
  }
}

/** What the operating system refused, in words. */
export function systemMessage(failure: unknown): string {
  switch (codeOf(failure)) {
    case 'ENOENT':
      return 'no such file or folder';
    case 'EACCES':
    case 'EPERM':
      return 'no permission to read it';
    case 'EISDIR':
      return 'it is a folder';
    case 'ELOOP':
      return 'its links go in a circle';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open';
    case 'EIO':
      return 'the disk could not read it';
    default:
      return reasonOf(failure);
  }
}

/** Why a file could not be read to its end, in words. */
export function readingProblem(failure: unknown): string {
  return failure instanceof InputProblem ? failure.message : systemMessage(failure);
}
