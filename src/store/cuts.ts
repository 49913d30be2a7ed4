/** `shapeOf` a row whose message is kept whole. */
export const NO_SHAPE = 255;

/**
 * Where the slots of a batch's rows lie: slot `s` of row `r` is the bytes from
 * `places[(r * slots + s) * 2] - base` to `places[(r * slots + s) * 2 + 1] - base` of its messages.
 */
export interface Cuts {
  readonly places: Uint32Array;
  readonly slots: number;
  readonly base: number;
}
