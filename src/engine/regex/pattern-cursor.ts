/** A mistake in a pattern, thrown while reading it and caught by `parsePattern`. */
export class PatternMistake extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** A pattern and how far it has been read. */
export class PatternCursor {
  readonly source: string;
  at = 0;

  constructor(source: string) {
    this.source = source;
  }

  /** Ends the reading with a mistake at this or another place. */
  fail(message: string, at = this.at): never {
    throw new PatternMistake(message, at);
  }

  /** Reads `text` if it comes next. */
  accept(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }

  /** What a form finds right here, without reading it. */
  peek(form: RegExp, most = Infinity): RegExpExecArray | null {
    return form.exec(this.source.slice(this.at, this.at + most));
  }
}
