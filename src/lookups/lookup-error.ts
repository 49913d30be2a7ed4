/** A mistake in a lookup file or in how one was asked for: printed as it is, with its hint. */
export class LookupError extends Error {
  readonly hint: string | null;
  constructor(message: string, hint: string | null = null) {
    super(message);
    this.name = 'LookupError';
    this.hint = hint;
  }
}
