/** The number of up to 16 hexadecimal digits (64-bit two's complement), `0x` allowed before them; null for other text. */
export function numberFromHex(text: string): number | null {
  const digits = /^\s*(?:0[xX])?([0-9a-fA-F]{1,16})\s*$/.exec(text)?.[1];
  if (digits === undefined) return null;
  if (digits.length <= 13) return Number.parseInt(digits, 16);
  return Number(BigInt.asIntN(64, BigInt(`0x${digits}`)));
}
