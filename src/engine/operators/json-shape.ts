import { type Column, constantColumn } from '../columns/column.ts';
import { shapedText, slotTest, slotWithout, type TextShape } from '../columns/text-shape.ts';
import { BAD_INPUT, type ExtractShape, MATCHED, NO_MATCH } from './extraction.ts';
import type { Step } from './json-path.ts';

const QUOTE = 34;
const BACKSLASH = 92;

/** Texts in which no JSON begins. */
const holdsNoJson = slotWithout([123, 91]);

/** Texts that stand in a JSON string as they are. */
const isPlainString = slotWithout([QUOTE, BACKSLASH, ...Array.from({ length: 32 }, (_, byte) => byte)]);

/** Whole numbers in JSON's form. */
const isNumber = slotTest((bytes, start, end) => {
  if (end === start || (bytes[start] === 48 && end > start + 1)) return false;
  for (let at = start; at < end; at++) if (bytes[at]! < 48 || bytes[at]! > 57) return false;
  return true;
});

/**
 * Reads values of top-level keys from texts of a known shape: from texts in which no JSON can be, and
 * from flat JSON objects whose values are slots. What it gives are the slots themselves, or a text made
 * of some of them. For other paths and shapes the text is put together and read.
 */
export function jsonOfShape(paths: readonly (readonly Step[])[]): ExtractShape {
  const keys = paths.map(([first, second]) =>
    first?.kind === 'key' && second === undefined ? first.key : null,
  );
  return (shape, length, wanted) => {
    if (isFreeOfJson(shape)) {
      return {
        outcome: new Uint8Array(length).fill(BAD_INPUT),
        all: BAD_INPUT,
        columns: wanted.map(() => constantColumn(null, length)),
      };
    }
    if (keys.includes(null)) return null;
    const members = membersOf(shape);
    if (members === null) return null;
    if (keys.some((key) => members.get(key ?? '')?.kind === 'nested')) return null;
    const complete = keys.every((key) => key !== null && members.has(key));
    return {
      outcome: new Uint8Array(length).fill(complete ? MATCHED : NO_MATCH),
      columns: wanted.map((output) => columnOfMember(shape, members.get(keys[output] ?? '') ?? null, length)),
    };
  };
}

const noJsonPieces = new WeakMap<readonly Uint8Array[], boolean>();

function isFreeOfJson({ pieces, slots }: TextShape): boolean {
  let answer = noJsonPieces.get(pieces);
  if (answer === undefined) {
    answer = pieces.every((piece) => !piece.includes(123) && !piece.includes(91));
    noJsonPieces.set(pieces, answer);
  }
  return answer && slots.every(holdsNoJson);
}

/** A value of an object: a constant text, the text from slot `from` to slot `to` (both included), or an object or array. */
type Member =
  | { readonly kind: 'nested' }
  | { readonly kind: 'constant'; readonly text: string | null }
  | {
      readonly kind: 'slots';
      readonly from: number;
      readonly to: number;
      readonly head: string;
      readonly tail: string;
    };

function columnOfMember({ pieces, slots }: TextShape, member: Member | null, length: number): Column {
  if (member === null || member.kind === 'nested') return constantColumn(null, length);
  if (member.kind === 'constant') return constantColumn(member.text, length);
  const { from, to, head, tail } = member;
  if (from === to && head === '' && tail === '') return slots[from]!.column;
  const encoder = new TextEncoder();
  return shapedText(
    {
      pieces: [encoder.encode(head), ...pieces.slice(from + 1, to + 1), encoder.encode(tail)],
      slots: slots.slice(from, to + 1),
    },
    length,
  );
}

const templates = new WeakMap<readonly Uint8Array[], Template | null>();

/** The members of a flat object by key, null where the shape is none or a slot holds what a value there must not. */
function membersOf({ pieces, slots }: TextShape): ReadonlyMap<string, Member> | null {
  let template = templates.get(pieces);
  if (template === undefined) {
    template = readTemplate(pieces);
    templates.set(pieces, template);
  }
  if (template === null) return null;
  const { inStrings } = template;
  const fits = slots.every((slot, position) =>
    inStrings.has(position) ? isPlainString(slot) : isNumber(slot),
  );
  return fits ? template.members : null;
}

interface Template {
  readonly members: ReadonlyMap<string, Member>;
  /** The slots inside of strings; the others stand for whole numbers. */
  readonly inStrings: ReadonlySet<number>;
}

/** Stands for a slot in a template; no text of a message that is JSON holds it unescaped. */
const SLOT = '\u0001';

/** Reads the pieces as one JSON object with slots in its values; null when they are something else. */
function readTemplate(pieces: readonly Uint8Array[]): Template | null {
  const decoder = new TextDecoder();
  return new TemplateReader(pieces.map((piece) => decoder.decode(piece)).join(SLOT)).read();
}

/** A JSON reader for texts with slots: strings without escapes, and slots or plain scalars as values. */
class TemplateReader {
  readonly #text: string;
  #at = 0;
  #slot = 0;
  readonly #inStrings = new Set<number>();

  constructor(text: string) {
    this.#text = text;
  }

  read(): Template | null {
    this.#space();
    const members = this.#members();
    this.#space();
    return members === null || this.#at < this.#text.length ? null : { members, inStrings: this.#inStrings };
  }

  #members(): Map<string, Member> | null {
    const members = new Map<string, Member>();
    if (!this.#take('{')) return null;
    if (this.#take('}')) return members;
    do {
      this.#space();
      const key = this.#string();
      if (key === null || key.includes(SLOT) || !this.#take(':')) return null;
      const member = this.#value();
      if (member === null) return null;
      members.set(key, member);
    } while (this.#take(','));
    return this.#take('}') ? members : null;
  }

  #value(): Member | null {
    this.#space();
    const slot = this.#slot;
    switch (this.#text[this.#at]) {
      case '"': {
        const value = this.#string();
        if (value === null) return null;
        for (let inside = slot; inside < this.#slot; inside++) this.#inStrings.add(inside);
        return memberOf(value, true, slot);
      }
      case '{':
        return this.#members() === null ? null : { kind: 'nested' };
      case '[':
        return this.#list() ? { kind: 'nested' } : null;
      default: {
        const scalar = SCALAR.exec(this.#text.slice(this.#at, this.#at + 64))?.[0] ?? null;
        if (scalar === null) return null;
        this.#at += scalar.length;
        if (scalar === SLOT) this.#slot++;
        return memberOf(scalar, false, slot);
      }
    }
  }

  #list(): boolean {
    if (!this.#take('[')) return false;
    if (this.#take(']')) return true;
    do {
      if (this.#value() === null) return false;
    } while (this.#take(','));
    return this.#take(']');
  }

  /** The content of a string without escapes and control characters. */
  #string(): string | null {
    const found = STRING.exec(this.#text.slice(this.#at))?.[1];
    if (found === undefined) return null;
    this.#at += found.length + 2;
    this.#slot += found.split(SLOT).length - 1;
    return found;
  }

  #take(mark: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== mark) return false;
    this.#at++;
    return true;
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }
}

const SCALAR = /^(?:\u0001|-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false|null)(?=[\s,\]}])/;
const STRING = /^"([^"\\\u0000\u0002-\u001f]*)"/;

function memberOf(value: string, isString: boolean, slot: number): Member {
  const parts = value.split(SLOT);
  if (parts.length === 1) return { kind: 'constant', text: !isString && value === 'null' ? null : value };
  return {
    kind: 'slots',
    from: slot,
    to: slot + parts.length - 2,
    head: parts[0] ?? '',
    tail: parts.at(-1) ?? '',
  };
}
