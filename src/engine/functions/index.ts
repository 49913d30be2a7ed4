import type { FunctionDefinition } from '../define.ts';
import { abs } from './abs.ts';
import { acos } from './acos.ts';
import { asin } from './asin.ts';
import { atan } from './atan.ts';
import { atan2 } from './atan2.ts';
import { base64Decode } from './base64-decode.ts';
import { base64Encode } from './base64-encode.ts';
import { cbrt } from './cbrt.ts';
import { ceil } from './ceil.ts';
import { compareCIDRPrefix } from './compare-cidr-prefix.ts';
import { concat } from './concat.ts';
import { contains } from './contains.ts';
import { cos } from './cos.ts';
import { cosh } from './cosh.ts';
import { decToHex } from './dec-to-hex.ts';
import { exp } from './exp.ts';
import { expm1 } from './expm1.ts';
import { floor } from './floor.ts';
import { format } from './format.ts';
import { formatDate } from './format-date.ts';
import { fromMillis } from './from-millis.ts';
import { fromSeconds } from './from-seconds.ts';
import { getCIDRPrefix } from './get-cidr-prefix.ts';
import { hash } from './hash.ts';
import { haversine } from './haversine.ts';
import { hexToAscii } from './hex-to-ascii.ts';
import { hexToDec } from './hex-to-dec.ts';
import { hypot } from './hypot.ts';
import { ipv4ToNumber } from './ipv4-to-number.ts';
import { isBlank } from './is-blank.ts';
import { isEmpty } from './is-empty.ts';
import { isInfinity } from './is-infinity.ts';
import { isNaNFunction } from './is-nan.ts';
import { isNull } from './is-null.ts';
import { isNumeric } from './is-numeric.ts';
import { isPrivateIP } from './is-private-ip.ts';
import { isPublicIP } from './is-public-ip.ts';
import { isReservedIP } from './is-reserved-ip.ts';
import { isValidIP } from './is-valid-ip.ts';
import { isValidIPv4 } from './is-valid-ipv4.ts';
import { isValidIPv6 } from './is-valid-ipv6.ts';
import { jsonArrayContains } from './json-array-contains.ts';
import { jsonArraySize } from './json-array-size.ts';
import { length } from './length.ts';
import { log } from './log.ts';
import { log1p } from './log1p.ts';
import { log10 } from './log10.ts';
import { lookupContains } from './lookup-contains.ts';
import { luhn } from './luhn.ts';
import { maskFromCIDR } from './mask-from-cidr.ts';
import { max } from './max.ts';
import { min } from './min.ts';
import { now } from './now.ts';
import { num } from './num.ts';
import { parseDate } from './parse-date.ts';
import { parseHex } from './parse-hex.ts';
import { pow } from './pow.ts';
import { queryEndTime } from './query-end-time.ts';
import { queryStartTime } from './query-start-time.ts';
import { queryTimeRange } from './query-time-range.ts';
import { replace } from './replace.ts';
import { round } from './round.ts';
import { signum } from './signum.ts';
import { sin } from './sin.ts';
import { sinh } from './sinh.ts';
import { sqrt } from './sqrt.ts';
import { substring } from './substring.ts';
import { tan } from './tan.ts';
import { tanh } from './tanh.ts';
import { toDegrees } from './to-degrees.ts';
import { toInt } from './to-int.ts';
import { toLong } from './to-long.ts';
import { toLowerCase } from './to-lower-case.ts';
import { toMillis } from './to-millis.ts';
import { toRadians } from './to-radians.ts';
import { toStringFunction } from './to-string.ts';
import { toUpperCase } from './to-upper-case.ts';
import { tourl } from './tourl.ts';
import { trim } from './trim.ts';
import { urldecode } from './urldecode.ts';
import { urlencode } from './urlencode.ts';

/** Every function of the language; one line each, in alphabetical order. */
export const functions: readonly FunctionDefinition[] = [
  abs,
  acos,
  asin,
  atan,
  atan2,
  base64Decode,
  base64Encode,
  cbrt,
  ceil,
  compareCIDRPrefix,
  concat,
  contains,
  cos,
  cosh,
  decToHex,
  exp,
  expm1,
  floor,
  format,
  formatDate,
  fromMillis,
  fromSeconds,
  getCIDRPrefix,
  hash,
  haversine,
  hexToAscii,
  hexToDec,
  hypot,
  ipv4ToNumber,
  isBlank,
  isEmpty,
  isInfinity,
  isNaNFunction,
  isNull,
  isNumeric,
  isPrivateIP,
  isPublicIP,
  isReservedIP,
  isValidIP,
  isValidIPv4,
  isValidIPv6,
  jsonArrayContains,
  jsonArraySize,
  length,
  log,
  log10,
  log1p,
  lookupContains,
  luhn,
  maskFromCIDR,
  max,
  min,
  now,
  num,
  parseDate,
  parseHex,
  pow,
  queryEndTime,
  queryStartTime,
  queryTimeRange,
  replace,
  round,
  signum,
  sin,
  sinh,
  sqrt,
  substring,
  tan,
  tanh,
  toDegrees,
  toInt,
  toLong,
  toLowerCase,
  toMillis,
  toRadians,
  toStringFunction,
  toUpperCase,
  tourl,
  trim,
  urldecode,
  urlencode,
];
