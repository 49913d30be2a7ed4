/** One step of a JSON path. */
export type Step =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'any' }
  | { readonly kind: 'descend'; readonly to: Step }
  | { readonly kind: 'union'; readonly of: readonly Step[] }
  | { readonly kind: 'slice'; readonly from: number | null; readonly to: number | null; readonly by: number }
  | { readonly kind: 'filter'; readonly test: Filter };

/** The condition of a filter `?(…)`. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly of: readonly Filter[] }
  | { readonly kind: 'exists'; readonly path: readonly Step[] }
  | {
      readonly kind: 'compare';
      readonly path: readonly Step[];
      readonly operator: string;
      readonly value: string | number | boolean | null;
    };

/** A path, or what is wrong with it and at which character. */
export type ReadPath = { readonly steps: readonly Step[] } | { readonly error: string; readonly at: number };

/**
 * Reads a path: `$` the root, `@` the same at the start, `.key`, `['key']`, `..` at any depth, `*`,
 * `[n]`, `[a,b]`, `[from:to:step]` and simple filters `[?(@.key == value)]`. A bare path starts at the root.
 */
export function readPath(text: string): ReadPath {
  try {
    return { steps: new PathReader(text).read() };
  } catch (error) {
    if (error instanceof PathMistake) return { error: error.message, at: error.at };
    throw error;
  }
}

class PathMistake extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

class PathReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Step[] {
    if (this.#text.trim() === '') this.#fail('the path is empty');
    if (/^[$@](?:[.[]|$)/.test(this.#text)) this.#at = 1;
    const steps = this.#steps(this.#at === 0);
    if (this.#at < this.#text.length) this.#fail(`\`${this.#text[this.#at]}\` is not expected here`);
    return steps;
  }

  #fail(message: string, at = this.#at): never {
    throw new PathMistake(message, at);
  }

  #accept(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  /** Steps as far as they go; `bare` when the first key has no dot before it. */
  #steps(bare: boolean): Step[] {
    const steps: Step[] = [];
    if (bare && !/^[.[]/.test(this.#text.slice(this.#at))) steps.push(this.#name());
    for (;;) {
      if (this.#accept('..'))
        steps.push({ kind: 'descend', to: this.#text[this.#at] === '[' ? this.#next() : this.#name() });
      else if (this.#accept('.')) {
        if (this.#text[this.#at] !== '[') steps.push(this.#name());
      } else if (this.#text[this.#at] === '[') steps.push(this.#next());
      else return steps;
    }
  }

  #name(): Step {
    if (this.#accept('*')) return { kind: 'any' };
    const name = /^[^.[\]]+/.exec(this.#text.slice(this.#at))?.[0];
    if (name === undefined) return this.#fail('a key is missing here');
    this.#at += name.length;
    return { kind: 'key', key: name };
  }

  #next(): Step {
    const at = this.#at;
    this.#accept('[');
    const step = this.#inBrackets(at);
    this.#skipSpace();
    if (!this.#accept(']')) this.#fail('`[` without `]`', at);
    return step;
  }

  #skipSpace(): void {
    while (this.#text[this.#at] === ' ') this.#at++;
  }

  #inBrackets(at: number): Step {
    this.#skipSpace();
    if (this.#accept('*')) return { kind: 'any' };
    if (this.#accept('?')) return { kind: 'filter', test: this.#filter() };
    if (this.#text[this.#at] === '(')
      this.#fail('scripts are not supported, only filters such as `[?(@.key == 1)]`');
    const slice = /^(-?\d*)\s*:\s*(-?\d*)(?:\s*:\s*(-?\d*))?(?=\s*\])/.exec(this.#text.slice(this.#at));
    if (slice !== null) {
      this.#at += slice[0].length;
      const by = slice[3] === undefined || slice[3] === '' ? 1 : Number(slice[3]);
      if (by < 1) this.#fail('the step of a slice must be at least 1', at);
      return { kind: 'slice', from: numberOrNull(slice[1]), to: numberOrNull(slice[2]), by };
    }
    const items = [this.#item(at)];
    for (this.#skipSpace(); this.#accept(','); this.#skipSpace()) items.push(this.#item(at));
    const [only] = items;
    return only !== undefined && items.length === 1 ? only : { kind: 'union', of: items };
  }

  #item(at: number): Step {
    this.#skipSpace();
    const quoted = this.#quoted();
    if (quoted !== null) return { kind: 'key', key: quoted };
    const index = /^-?\d+(?=\s*[,\]])/.exec(this.#text.slice(this.#at));
    if (index !== null) {
      this.#at += index[0].length;
      return { kind: 'index', index: Number(index[0]) };
    }
    const bare = /^[^'",[\]()]+/.exec(this.#text.slice(this.#at))?.[0];
    if (bare === undefined) return this.#fail('`[` is followed by no key, index, slice or filter', at);
    this.#at += bare.length;
    return { kind: 'key', key: bare.trim() };
  }

  /** A text in single or double quotes; a backslash makes the next character literal. */
  #quoted(): string | null {
    const quote = this.#text[this.#at];
    if (quote !== "'" && quote !== '"') return null;
    const form = quote === "'" ? /^'((?:[^'\\]|\\.)*)'/s : /^"((?:[^"\\]|\\.)*)"/s;
    const found = form.exec(this.#text.slice(this.#at));
    if (found === null) return this.#fail('a quote is not closed');
    this.#at += found[0].length;
    return (found[1] ?? '').replace(/\\(.)/gs, '$1');
  }

  #filter(): Filter {
    const at = this.#at;
    if (!this.#accept('(')) this.#fail('a filter is written `?(…)`');
    const test = this.#alternatives();
    this.#skipSpace();
    if (!this.#accept(')')) this.#fail('only filters such as `?(@.key == 1)` are supported', at);
    return test;
  }

  #alternatives(): Filter {
    const of = [this.#conditions()];
    for (this.#skipSpace(); this.#accept('||'); this.#skipSpace()) of.push(this.#conditions());
    return of.length === 1 ? (of[0] as Filter) : { kind: 'or', of };
  }

  #conditions(): Filter {
    const of = [this.#condition()];
    for (this.#skipSpace(); this.#accept('&&'); this.#skipSpace()) of.push(this.#condition());
    return of.length === 1 ? (of[0] as Filter) : { kind: 'and', of };
  }

  #condition(): Filter {
    this.#skipSpace();
    if (this.#text[this.#at] === '(') return this.#filter();
    if (!this.#accept('@')) this.#fail('a condition starts with `@`, the element itself');
    const path: Step[] = [];
    for (;;) {
      const key = /^\.([A-Za-z_$@][\w$-]*)/.exec(this.#text.slice(this.#at));
      if (key !== null) {
        this.#at += key[0].length;
        path.push({ kind: 'key', key: key[1] ?? '' });
      } else if (this.#text[this.#at] === '[') path.push(this.#next());
      else break;
    }
    this.#skipSpace();
    const operator = /^(?:==|!=|<=|>=|<|>)/.exec(this.#text.slice(this.#at))?.[0];
    if (operator === undefined) return { kind: 'exists', path };
    this.#at += operator.length;
    this.#skipSpace();
    return { kind: 'compare', path, operator, value: this.#literal() };
  }

  #literal(): string | number | boolean | null {
    const quoted = this.#quoted();
    if (quoted !== null) return quoted;
    const word = /^(?:-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)\b/.exec(
      this.#text.slice(this.#at),
    )?.[0];
    if (word === undefined)
      return this.#fail('a filter compares with a quoted text, a number, true, false or null');
    this.#at += word.length;
    return JSON.parse(word) as number | boolean | null;
  }
}

function numberOrNull(text: string | undefined): number | null {
  return text === undefined || text === '' ? null : Number(text);
}
