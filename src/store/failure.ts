/** What the store cannot do and why: for users, never a bug of ours. */
export class StoreError extends Error {
  readonly reason: 'missing' | 'in-use' | 'newer' | 'damaged' | 'read-only' | 'full' | 'closed' | 'request';
  readonly hint: string | null;
  constructor(reason: StoreError['reason'], message: string, hint: string | null = null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'StoreError';
    this.reason = reason;
    this.hint = hint;
  }
}

/** What to do about a store of which something cannot be read. */
export const DAMAGE_HINT =
  '`weir store verify` says what is damaged; with --set-aside it moves that out of the way';
