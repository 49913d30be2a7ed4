// Eight ASCII digits at once: multiply and add neighbours, then pairs, then quadruples
// (the SWAR scheme of Lemire's fast_float).
// @ts-ignore: decorator
@inline
export function eightDigits(at: usize, length: u32): u64 {
  let word = (load<u64>(at) & 0x0f0f0f0f0f0f0f0f) << <u64>((8 - length) << 3);
  word = word * 10 + (word >> 8);
  return (((word & 0x000000ff000000ff) * 0x000f424000000064) + (((word >> 16) & 0x000000ff000000ff) * 0x0000271000000001)) >> 32;
}

// True when the first `length` (1 to 8) bytes are all digits.
// @ts-ignore: decorator
@inline
export function allDigits(at: usize, length: u32): bool {
  const keep = length == 8 ? ~(<u64>0) : ((<u64>1) << <u64>(length << 3)) - 1;
  const word = (load<u64>(at) & keep) | (0x3030303030303030 & ~keep);
  return ((word & 0xf0f0f0f0f0f0f0f0) | (((word + 0x0606060606060606) & 0xf0f0f0f0f0f0f0f0) >> 4)) == 0x3333333333333333;
}

/**
 * Numbers of the texts [starts[row], ends[row]) that are 1 to 15 digits: the value goes to
 * `values[row]`. Other rows get NaN, and their row numbers go to `odd`. Returns how many are odd.
 */
export function parseNumbers(rows: u32, starts: usize, ends: usize, values: usize, odd: usize): u32 {
  let oddRows: u32 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const start = <usize>load<u32>(starts + (<usize>row << 2));
    const length = load<u32>(ends + (<usize>row << 2)) - <u32>start;
    let value: f64 = NaN;
    if (length != 0 && length <= 8) {
      if (allDigits(start, length)) value = <f64>eightDigits(start, length);
    } else if (length > 8 && length <= 15) {
      const head = length - 8;
      if (allDigits(start, head) && allDigits(start + head, 8)) {
        value = <f64>(eightDigits(start, head) * 100000000 + eightDigits(start + head, 8));
      }
    }
    store<f64>(values + (<usize>row << 3), value);
    if (value != value) {
      store<u32>(odd + (<usize>oddRows << 2), row);
      oddRows++;
    }
  }
  return oddRows;
}

// @ts-ignore: decorator
@inline
function areDigits(start: usize, length: u32): bool {
  if (length - 1 > 14) return false;
  return length <= 8 ? allDigits(start, length) : allDigits(start, length - 8) && allDigits(start + length - 8, 8);
}

/**
 * Epoch milliseconds of rows that have a number of 1 to 15 digits and a unix time of 10 or 13 digits, in
 * seconds or milliseconds. The rows that have not go to `odd`. Returns how many those are.
 */
export function unixTimes(rows: u32, numberStarts: usize, numberEnds: usize, timeStarts: usize, timeEnds: usize, times: usize, odd: usize): u32 {
  let oddRows: u32 = 0;
  // Most times begin with the eight digits of the one before.
  let headBytes: u64 = 0x3030303030303030;
  let head: f64 = 0;
  for (let row: u32 = 0; row < rows; row++) {
    const o = <usize>row << 2;
    const number = <usize>load<u32>(numberStarts + o);
    const start = <usize>load<u32>(timeStarts + o);
    const width = load<u32>(timeEnds + o) - <u32>start;
    let value: f64 = 0;
    let good = areDigits(number, load<u32>(numberEnds + o) - <u32>number) && (width == 10 || width == 13);
    if (good && load<u64>(start) != headBytes) {
      good = allDigits(start, 8);
      if (good) {
        headBytes = load<u64>(start);
        head = <f64>eightDigits(start, 8);
      }
    }
    if (good) {
      const rest = width - 8;
      good = allDigits(start + 8, rest);
      const tail = <f64>eightDigits(start + 8, rest);
      value = width == 10 ? (head * 100 + tail) * 1000 : head * 100000 + tail;
    }
    store<f64>(times + (<usize>row << 3), value);
    if (!good) {
      store<u32>(odd + (<usize>oddRows << 2), row);
      oddRows++;
    }
  }
  return oddRows;
}
