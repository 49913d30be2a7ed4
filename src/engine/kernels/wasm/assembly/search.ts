// @ts-ignore: decorator
@inline
function isWord(byte: u32): bool {
  return (byte - 48 < 10) || ((byte | 32) - 97 < 26) || byte == 95;
}

/**
 * Marks the rows in which an ASCII term occurs as a whole term, in any letter case. The rows must
 * lie in ascending order in memory. `lower` and `upper` hold the term in both cases, `length` bytes
 * each. `marks[row]` becomes 1 for a hit; 2 where a hit touches a byte that is not ASCII, so that
 * only the general path can tell. Marks are not cleared first. Returns 0 when no row was marked.
 */
export function markTerm(rows: u32, starts: usize, ends: usize, lower: usize, upper: usize, length: u32, marks: usize): u32 {
  if (rows == 0) return 0;
  const last = length - 1;
  const firstLower = i8x16.splat(load<i8>(lower));
  const firstUpper = i8x16.splat(load<i8>(upper));
  const lastLower = i8x16.splat(load<i8>(lower + last));
  const lastUpper = i8x16.splat(load<i8>(upper + last));
  let row: u32 = 0;
  let end = <usize>load<u32>(ends);
  let at = <usize>load<u32>(starts);
  const stop = <usize>load<u32>(ends + (<usize>(rows - 1) << 2));
  let marked: u32 = 0;
  while (at + length <= stop) {
    const head = v128.load(at);
    const tail = v128.load(at + last);
    let bits = <u32>i8x16.bitmask(
      v128.and(
        v128.or(i8x16.eq(head, firstLower), i8x16.eq(head, firstUpper)),
        v128.or(i8x16.eq(tail, lastLower), i8x16.eq(tail, lastUpper)),
      ),
    );
    while (bits != 0) {
      const hit = at + ctz<u32>(bits);
      bits &= bits - 1;
      if (hit + length > stop) break;
      let same: u32 = 1;
      while (same < last) {
        const byte = load<u8>(hit + same);
        if (byte != load<u8>(lower + same) && byte != load<u8>(upper + same)) break;
        same++;
      }
      if (same < last) continue;
      while (hit >= end) {
        row++;
        end = <usize>load<u32>(ends + (<usize>row << 2));
      }
      const start = <usize>load<u32>(starts + (<usize>row << 2));
      if (hit < start || hit + length > end) continue;
      const before = hit > start ? <u32>load<u8>(hit - 1) : 32;
      const after = hit + length < end ? <u32>load<u8>(hit + length) : 32;
      if (isWord(before) || isWord(after)) continue;
      if (load<u8>(marks + row) == 1) continue;
      marked++;
      store<u8>(marks + row, before > 127 || after > 127 ? 2 : 1);
    }
    at += 16;
  }
  return marked;
}
