/** Where the character at `at` ends: continuation bytes belong to the byte before them. */
export function afterChar(data: Uint8Array, at: number, end: number): number {
  let next = at + 1;
  while (next < end && (data[next]! & 0xc0) === 0x80) next++;
  return next;
}

/** Where the character before `at` starts. */
export function beforeChar(data: Uint8Array, at: number, start: number): number {
  let before = at - 1;
  while (before > start && (data[before]! & 0xc0) === 0x80) before--;
  return before;
}

/** The code point at `at`; malformed bytes are U+FFFD. */
export function pointAt(data: Uint8Array, at: number, end: number): number {
  const lead = data[at]!;
  if (lead < 0x80) return lead;
  const size = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
  if (size === 0 || at + size > end) return 0xfffd;
  let point = lead & (0x7f >> size);
  for (let next = at + 1; next < at + size; next++) {
    const byte = data[next]!;
    if ((byte & 0xc0) !== 0x80) return 0xfffd;
    point = (point << 6) | (byte & 0x3f);
  }
  return point;
}

/** The UTF-16 length of the bytes `[from, to)`. */
export function utf16Length(data: Uint8Array, from: number, to: number): number {
  let units = 0;
  for (let at = from; at < to; at++) {
    const byte = data[at]!;
    if (byte >= 0xf0) units += 2;
    else if ((byte & 0xc0) !== 0x80) units++;
  }
  return units;
}

/** Where the `units`-th UTF-16 unit of the bytes from `from` on starts; `end` when there are fewer. */
export function byteOfUnit(data: Uint8Array, from: number, end: number, units: number): number {
  let at = from;
  for (let left = units; left > 0 && at < end; ) {
    left -= data[at]! >= 0xf0 ? 2 : 1;
    at = afterChar(data, at, end);
  }
  return at;
}

export function isWordByte(byte: number): boolean {
  return (
    (byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || byte === 95
  );
}
