import { dirname, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Batch } from '../engine/columns/batch.ts';
import { reasonOf } from '../engine/reason-of.ts';
import { grouped } from '../grammar/counted.ts';
import { HEAD_BYTES, InputProblem } from './byte-stream.ts';
import { findFiles, STDIN, systemMessage } from './files.ts';
import {
  type FollowedFormat,
  type FollowedMessages,
  followedFormat,
  QUIET,
  readFollowed,
  wholeMessages,
} from './follow-reading.ts';
import { type FileState, FollowStates, type FollowStore, type Step } from './follow-state.ts';
import { FollowedFile, fileId, isRotationOf, newFileState, siblings } from './followed-file.ts';
import type { InputSettings } from './ingest.ts';
import { type FileOutcome, type Receipt, Tally } from './receipt.ts';
import type { SourceHooks } from './running-source.ts';
import { addTo } from './s3-reader.ts';

/** What is followed and how it is read. */
export interface FollowWork {
  /** Files, folders and globs; what does not exist yet may come later. */
  readonly paths: readonly string[];
  readonly settings: InputSettings;
  readonly category: string;
}

/** Ms between two looks at the files, and between two looks for new ones. */
const LOOK_EVERY = 200;
const SEARCH_EVERY = 800;
/** Bytes that are taken of one file, and of all files, for one append. */
const FILE_BYTES = 1 << 20;
const APPEND_BYTES = 8 << 20;
/** A line longer than this is cut; up to here its end is waited for. */
const LONGEST_LINE = 64 << 20;
/** Ms without growth after which a file whose name leads elsewhere is done. */
const DRAINED_AFTER = 3000;
/** Ms for which a file that may be a copy in the making is left alone. */
const COPY_TIME = 2000;
/** Ms for which a file that cannot be read is left alone. */
const UNREADABLE_FOR = 10_000;
/** Files whose handles stay open. */
const MOST_OPEN = 512;
const MOST_FILES = 20_000;
const FIRST_RETRY = 1000;
const LAST_RETRY = 60_000;

/** New messages of one file. */
interface Taken {
  readonly step: Step;
  readonly batches: readonly Batch[];
  readonly part: Tally;
  readonly more: boolean;
}

type Followable = FollowedFormat & { readonly kind: 'read' };

/**
 * Follows files: what is appended is stored within a second, each line once, also over rotation by
 * renaming or copying, truncation, and restarts.
 */
export class Follower {
  readonly #store: FollowStore;
  readonly #work: FollowWork;
  readonly #hooks: SourceHooks;
  readonly #tally = new Tally();
  readonly #files = new Map<string, FollowedFile>();
  /** Ids of the files that the paths stand for now. */
  #found = new Set<string>();
  /** Files that are not followed, and those that may be copies in the making with the time of their first sight. */
  readonly #refused = new Set<string>();
  readonly #deferred = new Map<string, number>();
  readonly #formats = new Map<string, Followable>();
  readonly #outcomes = new Map<string, FileOutcome>();
  /** When the next look for new files is due. */
  #nextSearch = -Infinity;

  constructor(store: FollowStore, work: FollowWork, hooks: SourceHooks) {
    if (work.paths.includes(STDIN))
      throw new InputProblem('standard input cannot be followed; leave out --follow');
    if (work.settings.source.framing.kind === 'whole')
      throw new InputProblem(
        '`multiline: request` makes one message of a whole file, which has no end while it is followed',
      );
    this.#store = store;
    this.#work = work;
    this.#hooks = hooks;
  }

  /** Everything that was read and stored so far. */
  receipt(): Receipt {
    return { ...this.#tally.receipt(), files: [...this.#outcomes.values()] };
  }

  /** Follows until the signal is aborted; rejects when the store can take nothing more. */
  async run(signal: AbortSignal): Promise<void> {
    const states = await FollowStates.open(this.#store, this.#work.category);
    await this.#redo(states);
    await this.#search(states, true);
    try {
      for (let failures = 0; !signal.aborted; ) {
        const began = performance.now();
        try {
          const more = await this.#turn(states, signal);
          failures = 0;
          if (more) continue;
          // Many files take long to look at: half of the time at least is left to others.
          await pause(Math.max(LOOK_EVERY, performance.now() - began), signal);
        } catch (failure) {
          if (this.#store.failure !== null) throw failure;
          const wait = Math.min(FIRST_RETRY * 2 ** Math.min(failures++, 10), LAST_RETRY);
          this.#hooks.write('warn', 'follow-failed', {
            problem: reasonOf(failure),
            retryInSeconds: wait / 1000,
          });
          await pause(wait, signal);
        }
      }
    } finally {
      for (const file of this.#files.values()) await file.close();
      if (this.#store.failure === null) await states.save();
    }
  }

  /** One look at everything. True when there is more to read at once. */
  async #turn(states: FollowStates, signal: AbortSignal): Promise<boolean> {
    if (performance.now() >= this.#nextSearch) await this.#search(states, false);
    const steps: Step[] = [];
    const batches: Batch[] = [];
    const parts: Tally[] = [];
    let bytes = 0;
    let more = false;
    for (const file of [...this.#files.values()]) {
      if (signal.aborted) return false;
      if (bytes >= APPEND_BYTES) {
        more = true;
        break;
      }
      const taken = await this.#take(file, states);
      if (taken === null) continue;
      steps.push(taken.step);
      batches.push(...taken.batches);
      parts.push(taken.part);
      bytes += taken.part.bytesIn;
      more ||= taken.more;
    }
    if (steps.length === 0) {
      // Nothing to do: time to write down what the last append changed.
      await states.save();
      return false;
    }
    await states.append(batches, steps);
    steps.forEach(({ after }, step) => {
      this.#files.get(after.id)!.state = after;
      this.#count(after.name, parts[step]!);
    });
    return more;
  }

  /** What is new in a file; null when there is nothing. A file that cannot be read is told and left alone for a while. */
  async #take(file: FollowedFile, states: FollowStates): Promise<Taken | null> {
    if (performance.now() < file.silentUntil) return null;
    try {
      if (!(await this.#lookAt(file, states))) return null;
      const piece = await this.#piece(file);
      if (piece === null) return null;
      const part = new Tally();
      const read = await this.#read(piece.bytes, piece.format, file.state, part);
      const after = await file.after(piece.bytes, read.header);
      return { step: { before: file.state, after }, batches: read.batches, part, more: piece.more };
    } catch (failure) {
      file.silentUntil = performance.now() + UNREADABLE_FOR;
      const problem = systemMessage(failure);
      this.#hooks.write('warn', 'follow-unreadable', { path: file.state.path, problem });
      return null;
    }
  }

  #count(name: string, part: Tally): void {
    addTo(this.#tally, part);
    const before = this.#outcomes.get(name);
    if (before === undefined && this.#outcomes.size >= MOST_FILES) return;
    this.#outcomes.set(name, {
      path: name,
      format: 'text',
      bytes: (before?.bytes ?? 0) + part.bytesIn,
      read: (before?.read ?? 0) + part.read,
      stored: (before?.stored ?? 0) + part.stored,
      error: null,
    });
  }

  /** Looks whether a file grew. False when there is nothing to read of it. */
  async #lookAt(file: FollowedFile, states: FollowStates): Promise<boolean> {
    const seen = await file.look();
    if (seen === 'gone') {
      await this.#drop(file, states);
      return false;
    }
    if (seen === 'replaced') await this.#startOver(file, states);
    await this.#closeIdle(file);
    const drained =
      file.rotated && !this.#found.has(file.state.id) && performance.now() - file.grown > DRAINED_AFTER;
    if (file.size > file.state.offset) return true;
    if (drained) await this.#drop(file, states);
    return false;
  }

  /** Too many open files: those that are not growing are opened again when they do. */
  async #closeIdle(file: FollowedFile): Promise<void> {
    if (this.#files.size <= MOST_OPEN || file.rotated || file.size > file.state.offset) return;
    if (performance.now() - file.grown > DRAINED_AFTER) await file.close();
  }

  async #drop(file: FollowedFile, states: FollowStates): Promise<void> {
    await file.close();
    this.#files.delete(file.state.id);
    this.#formats.delete(file.state.id);
    states.release(file.state.id);
  }

  /** The file was cut short and begins anew. What was not read of it may be in a copy, made just before. */
  async #startOver(file: FollowedFile, states: FollowStates): Promise<void> {
    const { state } = file;
    for (const path of await siblings(state.path)) {
      const id = await fileId(path).catch(() => null);
      if (id === null || id === state.id) continue;
      const known = this.#files.get(id);
      if (known !== undefined && known.state.offset > 0) continue;
      const copy = new FollowedFile({ ...state, id, path });
      if ((await copy.look()) === 'same' && copy.size >= state.offset && (await copy.endsLikeBefore(state))) {
        copy.rotated = true;
        await known?.close();
        this.#files.set(id, copy);
        this.#deferred.delete(id);
        states.set(copy.state);
        break;
      }
      await copy.close();
    }
    file.state = newFileState(state.id, state.path, state.name, state.argument);
    states.set(file.state);
    this.#hooks.write('info', 'follow-truncated', { path: state.path });
  }

  /** Whole messages that wait in the file, or null. */
  async #piece(file: FollowedFile): Promise<{
    readonly bytes: Buffer;
    readonly format: Followable;
    readonly more: boolean;
  } | null> {
    const { framing } = this.#work.settings.source;
    const idle = performance.now() - file.grown;
    const ending = file.rotated && !this.#found.has(file.state.id) && idle > DRAINED_AFTER;
    if (file.size === file.waitsAt && framing.kind === 'lines' && !ending) return null;
    const format = await this.#format(file);
    if (format.kind === 'not') return null;
    const rest = file.size - file.state.offset;
    for (let most = FILE_BYTES; ; most *= 4) {
      const unread = await file.unread(most);
      const all = unread.length >= rest;
      let whole = wholeMessages(unread, framing, all && idle > QUIET);
      // Nobody will end the last line of a file that is gone, and none is waited for without end.
      if (whole === 0 && (ending || unread.length >= LONGEST_LINE)) whole = unread.length;
      if (whole > 0) return { bytes: unread.subarray(0, whole), format, more: !all };
      if (all || unread.length < most) {
        file.waitsAt = file.size;
        return null;
      }
    }
  }

  /** How the file is read, found by its beginning. */
  async #format(file: FollowedFile): Promise<FollowedFormat> {
    const { id, path, offset } = file.state;
    const known = offset > 0 ? this.#formats.get(id) : undefined;
    if (known !== undefined) return known;
    const format = followedFormat(
      await file.between(0, Math.min(HEAD_BYTES, file.size)),
      this.#work.settings,
    );
    if (format.kind === 'read') {
      this.#formats.set(id, format);
      return format;
    }
    this.#refused.add(id);
    this.#files.delete(id);
    await file.close();
    this.#tally.warn(`\`${path}\` is not followed: ${format.why}`);
    this.#hooks.write('warn', 'follow-refused', { path, problem: format.why });
    return format;
  }

  async #read(
    bytes: Buffer,
    { format }: Followable,
    { name, offset, header }: FileState,
    tally: Tally,
  ): Promise<FollowedMessages> {
    const place = { name, format, header, first: offset === 0 };
    return await readFollowed(bytes, place, this.#work.settings, await this.#hooks.rules(), tally);
  }

  /** An earlier run ended in the middle of an append: the same bytes are appended under the same id. */
  async #redo(states: FollowStates): Promise<void> {
    const { pending } = states;
    if (pending === null) return;
    const batches: Batch[] = [];
    const tally = new Tally();
    for (const { before, after } of pending.steps) {
      const file = new FollowedFile(before);
      const seen = await file.look().catch((failure: unknown) => {
        throw new InputProblem(
          `\`${before.path}\` was being read when weir ended, and cannot be read now: ${systemMessage(failure)}`,
        );
      });
      if (seen === 'same') {
        const bytes = await file.between(before.offset, after.offset);
        const format = followedFormat(await file.between(0, HEAD_BYTES), this.#work.settings);
        if (format.kind === 'read') batches.push(...(await this.#read(bytes, format, before, tally)).batches);
      } else {
        this.#hooks.write('warn', 'follow-lost-track', {
          path: before.path,
          problem: 'it changed after weir was ended in the middle of storing its last lines',
        });
      }
      await file.close();
    }
    await states.appendPending(batches);
  }

  /** Finds the files that the paths stand for now. */
  async #search(states: FollowStates, first: boolean): Promise<void> {
    const began = performance.now();
    const found = new Set<string>();
    for (const argument of this.#work.paths) {
      const { files, problems } = await findFiles([argument]);
      for (const { path, message } of first ? problems : [])
        this.#hooks.write('warn', 'follow-waits', { path, problem: message });
      for (const { path, size } of files) {
        const id = size === null ? null : await fileId(path).catch(() => null);
        if (id === null || found.has(id)) continue;
        if (await this.#add(id, path, resolve(argument), states)) found.add(id);
      }
    }
    this.#found = found;
    if (first) this.#resume(states);
    // From now on a file is known by what it is, and found again under any name.
    await states.save();
    const byPath = new Map<string, string>();
    for (const id of found) {
      const file = this.#files.get(id);
      if (file !== undefined) byPath.set(file.state.path, id);
    }
    for (const file of this.#files.values()) {
      const { id, path } = file.state;
      file.rotated = !found.has(id);
      const now = byPath.get(path);
      if (now !== undefined && now !== id) file.rotated = true;
    }
    // A large folder takes long to look through: it must not take all the time.
    this.#nextSearch = performance.now() + Math.max(SEARCH_EVERY, 4 * (performance.now() - began));
  }

  /** Takes up a file under a name, when it is to be followed. False while that is not known. */
  async #add(id: string, path: string, argument: string, states: FollowStates): Promise<boolean> {
    const place = resolve(path);
    const known = this.#files.get(id);
    if (known !== undefined) {
      if (known.state.path !== place) known.state = { ...known.state, path: place };
      return true;
    }
    if (this.#refused.has(id)) return true;
    if (this.#files.size >= MOST_FILES) {
      this.#tally.warn(`no more than ${grouped(MOST_FILES)} files are followed`);
      return false;
    }
    const before = states.get(id);
    if (before !== null) {
      const state = { ...before, path: place, argument };
      this.#files.set(id, new FollowedFile(state));
      states.set(state);
      return true;
    }
    const fresh = newFileState(id, place, path, argument);
    const origin = [...this.#files.values()].find(
      ({ state }) => dirname(state.path) === dirname(place) && isRotationOf(place, state.path),
    );
    const state = origin === undefined ? fresh : await this.#copiedState(fresh, origin);
    if (state === 'wait') return false;
    this.#files.set(id, new FollowedFile(state));
    states.set(state);
    return true;
  }

  /** A file named like a rotated one may be a copy of what was read: then only its rest is new. */
  async #copiedState(fresh: FileState, origin: FollowedFile): Promise<FileState | 'wait'> {
    const { id, path } = fresh;
    const { state } = origin;
    const copy = new FollowedFile({ ...state, id, path });
    try {
      if ((await copy.look()) === 'same' && state.offset > 0 && (await copy.endsLikeBefore(state))) {
        this.#deferred.delete(id);
        return copy.state;
      }
    } finally {
      await copy.close();
    }
    const since = this.#deferred.get(id);
    if (since === undefined) this.#deferred.set(id, performance.now());
    if (since === undefined || performance.now() - since < COPY_TIME) return 'wait';
    this.#deferred.delete(id);
    return fresh;
  }

  /** Files of an earlier run that have another name by now: what is left of them is read first. */
  #resume(states: FollowStates): void {
    const ours = new Set(this.#work.paths.map((path) => resolve(path)));
    for (const state of states.all()) {
      if (!ours.has(state.argument) || this.#files.has(state.id)) continue;
      this.#files.set(state.id, new FollowedFile(state));
    }
  }
}

async function pause(time: number, signal: AbortSignal): Promise<void> {
  await sleep(time, undefined, { signal }).catch(() => {});
}
