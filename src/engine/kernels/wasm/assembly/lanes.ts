// Sums over the lanes of a vector.

// @ts-ignore: decorator
@inline
export function sumOfWords(lanes: v128): u32 {
  return i32x4.extract_lane(lanes, 0) + i32x4.extract_lane(lanes, 1) + i32x4.extract_lane(lanes, 2) + i32x4.extract_lane(lanes, 3);
}

// @ts-ignore: decorator
@inline
export function sumOfBytes(lanes: v128): u32 {
  return sumOfWords(i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(lanes)));
}
