/**
 * The shape of a message: constant pieces with varying slots between them. A flow log line is fourteen
 * slots with a space between; a JSON object of one form is its keys, and its values as slots. A text
 * has the shape when it starts with the first piece, and each next piece is found at its first
 * occurrence behind the slot, the last one at the very end. Pieces and slots joined are the text again.
 */
export interface Shape {
  /** One more than there are slots; the first and the last may be empty, the others are not. */
  readonly pieces: readonly Uint8Array[];
}

/** More slots than this are not looked for. */
const MOST_SLOTS = 128;

const SPACE = 32;
const QUOTE = 34;
const BACKSLASH = 92;
const OPEN_BRACE = 123;
const BRACE = 123;

/** Where the slots of one text lie; reused from text to text. */
export class Slots {
  readonly starts = new Uint32Array(MOST_SLOTS);
  readonly ends = new Uint32Array(MOST_SLOTS);
}

/** Cuts the text `[start, end)` by the shape; false when it has another one. */
export function cut(shape: Shape, data: Uint8Array, start: number, end: number, slots: Slots): boolean {
  const { pieces } = shape;
  const last = pieces.length - 1;
  const first = pieces[0]!;
  const tail = pieces[last]!;
  let at = start;
  if (first.length > 0) {
    if (!startsAt(data, at, end, first)) return false;
    at += first.length;
  } else if (at < end && data[at] === BRACE) {
    // JSON that happens to have as many spaces as a line is no line: it has a shape of its own.
    return false;
  }
  const slotsEnd = end - tail.length;
  if (slotsEnd < at || (tail.length > 0 && !startsAt(data, slotsEnd, end, tail))) return false;
  for (let slot = 0; slot < last - 1; slot++) {
    const piece = pieces[slot + 1]!;
    slots.starts[slot] = at;
    const byte = piece[0]!;
    for (;;) {
      while (at < slotsEnd && data[at] !== byte) at++;
      if (at >= slotsEnd) return false;
      if (piece.length === 1 || startsAt(data, at, slotsEnd, piece)) break;
      at++;
    }
    slots.ends[slot] = at;
    at += piece.length;
  }
  slots.starts[last - 1] = at;
  slots.ends[last - 1] = slotsEnd;
  // The last slot must not hold what would have ended it, or a text with more pieces would pass as this shape.
  const before = last >= 2 ? pieces[last - 1]! : null;
  if (before !== null && before.length === 1) {
    for (; at < slotsEnd; at++) if (data[at] === before[0]) return false;
  }
  return true;
}

function startsAt(data: Uint8Array, at: number, end: number, piece: Uint8Array): boolean {
  if (at + piece.length > end) return false;
  for (let byte = 0; byte < piece.length; byte++) if (data[at + byte] !== piece[byte]) return false;
  return true;
}

/** A text of a sample. */
export interface Sample {
  readonly data: Uint8Array;
  readonly start: number;
  readonly end: number;
}

interface Group {
  readonly shape: Shape;
  readonly json: boolean;
  readonly members: Sample[];
}

/** A shape is of use from this share of the sample on. */
const FREQUENT = 1 / 8;
/** Texts cut at spaces are of few forms when the frequent ones cover this share, … */
const COVERED = 0.9;
/** … otherwise one form must be this frequent and regular: sentences have all numbers of words. */
const DOMINANT = 1 / 4;

/**
 * The shapes of a sample that are worth having, the most frequent first. Texts that begin with `{`
 * are cut at their JSON values, others at single spaces.
 */
export function learnShapes(samples: readonly Sample[]): Shape[] {
  const groups = new Map<string, Group>();
  let spaced = 0;
  for (const sample of samples) {
    const json = sample.data[sample.start] === OPEN_BRACE;
    if (!json) spaced++;
    const shape = json ? jsonShape(sample) : spacedShape(sample);
    if (shape === null) continue;
    const key = shapeKey(shape);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { shape, json, members: [sample] });
    else group.members.push(sample);
  }
  const enough = Math.max(2, samples.length * FREQUENT);
  const frequent = [...groups.values()].filter(({ members }) => members.length >= enough);
  const covered = frequent.reduce((sum, { json, members }) => sum + (json ? 0 : members.length), 0);
  const few = covered >= spaced * COVERED;
  return frequent
    .filter((group) => group.json || few || (group.members.length >= spaced * DOMINANT && isRegular(group)))
    .sort((a, b) => b.members.length - a.members.length)
    .map(({ shape, members }) => refine(shape, members));
}

/** Whether at least two thirds of the slots are numbers, or texts of which some come again. */
function isRegular({ shape, members }: Group): boolean {
  const slots = new Slots();
  const count = shape.pieces.length - 1;
  const texts = Array.from({ length: count }, () => new Set<string>());
  const numbers = new Uint32Array(count);
  for (const { data, start, end } of members) {
    if (!cut(shape, data, start, end, slots)) return false;
    for (let slot = 0; slot < count; slot++) {
      const text = Buffer.from(data.subarray(slots.starts[slot]!, slots.ends[slot]!)).toString('latin1');
      texts[slot]!.add(text);
      if (/^\d+$/.test(text)) numbers[slot]!++;
    }
  }
  const regular = texts.filter(
    (distinct, slot) => numbers[slot] === members.length || distinct.size * 2 <= members.length,
  );
  return regular.length * 3 >= count * 2;
}

/** Equal for equal shapes. */
export function shapeKey(shape: Shape): string {
  return shape.pieces.map((piece) => Buffer.from(piece).toString('latin1')).join('\u{10ffff}');
}

const NO_BYTES = new Uint8Array(0);
const ONE_SPACE = Uint8Array.of(SPACE);

function spacedShape({ data, start, end }: Sample): Shape | null {
  let spaces = 0;
  for (let at = start; at < end; at++) if (data[at] === SPACE) spaces++;
  if (spaces === 0 || spaces >= MOST_SLOTS) return null;
  return { pieces: [NO_BYTES, ...new Array<Uint8Array>(spaces).fill(ONE_SPACE), NO_BYTES] };
}

/** The pieces around the values of a JSON text, found without parsing it in full; null when it is none. */
function jsonShape({ data, start, end }: Sample): Shape | null {
  const pieces: Uint8Array[] = [];
  let from = start;
  let at = start;
  const slot = (slotStart: number, slotEnd: number): void => {
    pieces.push(data.slice(from, slotStart));
    from = slotEnd;
  };
  while (at < end) {
    const byte = data[at]!;
    if (byte === QUOTE) {
      const close = closingQuote(data, at + 1, end);
      if (close < 0) return null;
      let after = close + 1;
      while (after < end && data[after] === SPACE) after++;
      if (data[after] !== 58) slot(at + 1, close); // a string that no colon follows is a value
      at = close + 1;
    } else if (isScalar(byte)) {
      let stop = at;
      while (stop < end && isScalar(data[stop]!)) stop++;
      slot(at, stop);
      at = stop;
    } else at++;
    if (pieces.length >= MOST_SLOTS) return null;
  }
  if (pieces.length === 0 || from === end) return null;
  pieces.push(data.slice(from, end));
  return pieces.slice(1).every((piece) => piece.length > 0) ? { pieces } : null;
}

function closingQuote(data: Uint8Array, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    if (data[at] === BACKSLASH) at++;
    else if (data[at] === QUOTE) return at;
  }
  return -1;
}

/** A byte of a number, `true`, `false` or `null`. */
function isScalar(byte: number): boolean {
  return (
    (byte >= 48 && byte <= 57) ||
    (byte >= 97 && byte <= 122) ||
    byte === 45 ||
    byte === 43 ||
    byte === 46 ||
    byte === 69
  );
}

/** The shape with slots cut at spaces too, where all members have the same number of them. */
function refine(shape: Shape, members: readonly Sample[]): Shape {
  if (shape.pieces[1] === ONE_SPACE || members.length === 0) return shape;
  const counts: (number | null)[] = new Array(shape.pieces.length - 1).fill(null);
  const slots = new Slots();
  for (const { data, start, end } of members) {
    if (!cut(shape, data, start, end, slots)) continue;
    counts.forEach((count, slot) => {
      let spaces = 0;
      for (let at = slots.starts[slot]!; at < slots.ends[slot]!; at++) if (data[at] === SPACE) spaces++;
      counts[slot] = count === null || count === spaces ? spaces : 0;
    });
  }
  const pieces: Uint8Array[] = [];
  shape.pieces.forEach((piece, slot) => {
    pieces.push(piece, ...new Array<Uint8Array>(counts[slot] ?? 0).fill(ONE_SPACE));
  });
  if (pieces.length - 1 > MOST_SLOTS) return shape;
  const refined = { pieces };
  const fits = members.filter(({ data, start, end }) => cut(refined, data, start, end, slots)).length;
  return fits * 8 >= members.length * 7 ? refined : shape;
}
