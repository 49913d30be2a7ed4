/** What a thrown value says of itself, in words. */
export function reasonOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}

/** The code that the system gave a failure, such as `ENOENT`; null when it has none. */
export function codeOf(failure: unknown): string | null {
  return failure instanceof Error && 'code' in failure && typeof failure.code === 'string'
    ? failure.code
    : null;
}
