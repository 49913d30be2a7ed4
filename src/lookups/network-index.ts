import { type AddressRange, parseAddress } from './address.ts';

/** From addresses to row numbers: for tables of networks. */
export interface NetworkIndex {
  /** The row of the smallest network that contains the address; -1 when none does or it is no address. */
  find(address: string): number;
}

interface Segment<N> {
  readonly first: N;
  readonly last: N;
  readonly row: number;
}

/**
 * An index over networks, IPv4 and IPv6 together. Networks may lie inside each other: the smallest
 * wins, and of equal ones the last row. Built as sorted pieces that do not overlap; found by halving.
 */
export function indexNetworks(networks: readonly (AddressRange | null)[]): NetworkIndex {
  const v4: Segment<number>[] = [];
  const v6: Segment<bigint>[] = [];
  networks.forEach((range, row) => {
    if (range === null) return;
    const { first, last } = range;
    if (first.family === 4 && last.family === 4) v4.push({ first: first.number, last: last.number, row });
    else if (first.family === 6 && last.family === 6)
      v6.push({ first: first.number, last: last.number, row });
  });
  const pieces4 = pieces(
    v4,
    (number) => number + 1,
    (number) => number - 1,
  );
  const pieces6 = pieces(
    v6,
    (number) => number + 1n,
    (number) => number - 1n,
  );
  return {
    find(text) {
      const address = parseAddress(text);
      if (address === null) return -1;
      return address.family === 4 ? search(pieces4, address.number) : search(pieces6, address.number);
    },
  };
}

/** Cuts nested segments into pieces that do not overlap, each with the row of the innermost segment. */
function pieces<N extends number | bigint>(
  segments: Segment<N>[],
  after: (number: N) => N,
  before: (number: N) => N,
): Segment<N>[] {
  segments.sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last) || a.row - b.row);
  const cut: Segment<N>[] = [];
  const open: Segment<N>[] = [];
  let from: N | null = null;
  const close = (until: N) => {
    for (let top = open.at(-1); top !== undefined && top.last < until; top = open.at(-1)) {
      if (from !== null && from <= top.last) cut.push({ first: from, last: top.last, row: top.row });
      if (from === null || from <= top.last) from = after(top.last);
      open.pop();
    }
  };
  for (const segment of segments) {
    close(segment.first);
    const top = open.at(-1);
    if (top !== undefined && from !== null && from < segment.first) {
      cut.push({ first: from, last: before(segment.first), row: top.row });
    }
    from = segment.first;
    open.push(segment);
  }
  while (open.length > 0) {
    const top = open.pop()!;
    if (from !== null && from <= top.last) {
      cut.push({ first: from, last: top.last, row: top.row });
      from = after(top.last);
    }
  }
  return cut;
}

function compare<N extends number | bigint>(a: N, b: N): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function search<N extends number | bigint>(sorted: readonly Segment<N>[], address: N): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const piece = sorted[middle]!;
    if (address < piece.first) high = middle - 1;
    else if (address > piece.last) low = middle + 1;
    else return piece.row;
  }
  return -1;
}
