/** A counter with labels, printed in the Prometheus text format. */
export class Counter {
  readonly name: string;
  readonly help: string;
  readonly #labels: readonly string[];
  readonly #values = new Map<string, { readonly labels: readonly string[]; value: number }>();

  constructor(name: string, help: string, labels: readonly string[] = []) {
    this.name = name;
    this.help = help;
    this.#labels = labels;
  }

  add(labels: readonly string[] = [], more = 1): void {
    const key = labels.join('\0');
    const entry = this.#values.get(key);
    if (entry === undefined) this.#values.set(key, { labels, value: more });
    else entry.value += more;
  }

  /** The sum over all labels. */
  get total(): number {
    let sum = 0;
    for (const { value } of this.#values.values()) sum += value;
    return sum;
  }

  text(): string {
    const lines = [...this.#values.values()].map(
      ({ labels, value }) => `${this.name}${labelText(this.#labels, labels)} ${value}`,
    );
    if (this.#labels.length === 0 && lines.length === 0) lines.push(`${this.name} 0`);
    return header(this.name, this.help, 'counter', lines);
  }
}

/** A histogram of durations in seconds. */
export class Durations {
  readonly name: string;
  readonly help: string;
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;
  #count = 0;

  constructor(
    name: string,
    help: string,
    bounds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
  ) {
    this.name = name;
    this.help = help;
    this.#bounds = bounds;
    this.#counts = bounds.map(() => 0);
  }

  observe(seconds: number): void {
    this.#sum += seconds;
    this.#count++;
    const bucket = this.#bounds.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) this.#counts[bucket]!++;
  }

  text(): string {
    let below = 0;
    const lines = this.#bounds.map((bound, bucket) => {
      below += this.#counts[bucket]!;
      return `${this.name}_bucket{le="${bound}"} ${below}`;
    });
    lines.push(`${this.name}_bucket{le="+Inf"} ${this.#count}`);
    lines.push(`${this.name}_sum ${this.#sum}`, `${this.name}_count ${this.#count}`);
    return header(this.name, this.help, 'histogram', lines);
  }
}

/** A number as it is now. */
export function gauge(name: string, help: string, value: number): string {
  return header(name, help, 'gauge', [`${name} ${value}`]);
}

/** A sum that something else keeps. */
export function total(name: string, help: string, value: number): string {
  return header(name, help, 'counter', [`${name} ${value}`]);
}

function header(name: string, help: string, type: string, lines: readonly string[]): string {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
}

function labelText(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return '';
  const pairs = names.map((name, position) => `${name}="${labelValue(values[position] ?? '')}"`);
  return `{${pairs.join(',')}}`;
}

function labelValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
