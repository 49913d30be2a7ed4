import { gunzipSync } from 'node:zlib';
import { grouped } from '../grammar/counted.ts';
import { InputProblem, type UnpackLimits } from './byte-stream.ts';

/** At most this much may come out of one payload. */
const MAX_PAYLOAD_BYTES = 256 << 20;

/** Unpacks the payloads inside one stream or body, and ends that when too much comes out of them together. */
export class PayloadUnpacker {
  readonly #limits: UnpackLimits;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(limits: UnpackLimits) {
    this.#limits = limits;
  }

  /**
   * What a payload holds, gzipped (several members, too) or not; null when it is damaged, cut short or
   * larger than any payload. Throws an InputProblem when all payloads together hold too much.
   */
  unpack(payload: Buffer): Buffer | null {
    if (payload[0] !== 0x1f || payload[1] !== 0x8b) return payload;
    const { maxBytes, maxRatio, ratioFrom } = this.#limits;
    this.#bytesIn += payload.length;
    const most = Math.min(maxBytes, Math.max(ratioFrom, this.#bytesIn * maxRatio)) - this.#bytesOut;
    try {
      const unpacked = gunzipSync(payload, {
        maxOutputLength: Math.max(1, Math.min(most, MAX_PAYLOAD_BYTES)),
      });
      this.#bytesOut += unpacked.length;
      return unpacked;
    } catch (failure) {
      const tooLarge =
        failure instanceof RangeError && 'code' in failure && failure.code === 'ERR_BUFFER_TOO_LARGE';
      if (!tooLarge || most > MAX_PAYLOAD_BYTES) return null;
      const limit =
        maxBytes < this.#bytesIn * maxRatio ? `${grouped(maxBytes)} bytes` : `${maxRatio} times their size`;
      throw new InputProblem(`the events in it unpack to more than ${limit}`);
    }
  }
}
